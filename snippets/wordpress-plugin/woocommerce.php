<?php
/**
 * WooCommerce: the order keeps the code of the visit as the meta field `_ht`, from the classic checkout and from the block.
 */

defined( 'ABSPATH' ) || exit;

const PASSALONG_META = '_ht';

/** Keep the code of the visit with an order; anything else that was sent is dropped. */
function passalong_keep_code( $order, $code ): void {
	if ( is_string( $code ) && preg_match( '/\A[A-Za-z0-9_.-]{1,128}\z/', $code ) ) {
		$order->update_meta_data( PASSALONG_META, $code );
	}
}

/* The classic checkout reads its fields one by one, so the code needs one that Passalong's script fills. */
add_action(
	'woocommerce_checkout_after_order_review',
	static function (): void {
		echo '<input type="hidden" name="ht" id="passalong-ht">';
		wp_print_inline_script_tag( 'document.getElementById("passalong-ht").form.setAttribute("data-along", "");' );
	}
);
add_action(
	'woocommerce_checkout_create_order',
	static function ( $order ): void {
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- WooCommerce has checked its nonce before this hook.
		passalong_keep_code( $order, isset( $_POST['ht'] ) ? sanitize_text_field( wp_unslash( $_POST['ht'] ) ) : '' );
	}
);

/* The checkout block sends what is set as `extensions.passalong`. */
add_action(
	'woocommerce_blocks_loaded',
	static function (): void {
		if ( ! function_exists( 'woocommerce_store_api_register_endpoint_data' ) ) {
			return;
		}
		woocommerce_store_api_register_endpoint_data(
			array(
				'endpoint'        => 'checkout',
				'namespace'       => 'passalong',
				'schema_callback' => static function (): array {
					return array(
						'ht' => array(
							'description' => __( 'The code of the visit.', 'passalong' ),
							'type'        => array( 'string', 'null' ),
							'context'     => array(),
						),
					);
				},
			)
		);
	}
);
add_action(
	'woocommerce_store_api_checkout_update_order_from_request',
	static function ( $order, $request ): void {
		passalong_keep_code( $order, $request['extensions']['passalong']['ht'] ?? '' );
	},
	10,
	2
);
add_action(
	'wp_enqueue_scripts',
	static function (): void {
		if ( has_block( 'woocommerce/checkout' ) ) {
			wp_enqueue_script( 'passalong-checkout', plugins_url( 'checkout.js', __FILE__ ), array( 'wp-data' ), PASSALONG_VERSION, true );
		}
	}
);
