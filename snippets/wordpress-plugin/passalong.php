<?php
/**
 * Plugin Name: Passalong
 * Description: A share button that credits the people who share. Block, shortcode [passalong], and the code of the visit in WooCommerce orders.
 * Version: 0.3.0
 * Requires at least: 6.0
 * Requires PHP: 7.4
 * License: Apache-2.0
 * Text Domain: passalong
 */

defined( 'ABSPATH' ) || exit;

const PASSALONG_OPTION = 'passalong';
const PASSALONG_META   = '_ht';

/** Return the settings: the address of Passalong and the site's key, from the page Settings or as the console filled them in. */
function passalong_settings(): array {
	$file     = __DIR__ . '/defaults.php';
	$defaults = is_readable( $file ) ? (array) include $file : array();
	return wp_parse_args( (array) get_option( PASSALONG_OPTION, array() ), $defaults + array( 'host' => '', 'key' => '' ) );
}

/** Return the button, with a link for browsers without scripts. Safe for authors without unfiltered_html. */
function passalong_button(): string {
	$settings = passalong_settings();
	if ( ! $settings['host'] || ! $settings['key'] ) {
		return '';
	}
	$mail = 'mailto:?subject=' . rawurlencode( wp_strip_all_tags( get_the_title() ) ) . '&body=' . rawurlencode( get_permalink() ?: home_url( '/' ) );
	return '<pass-along><a href="' . esc_url( $mail, array( 'mailto' ) ) . '">' . esc_html__( 'Send this page', 'passalong' ) . '</a></pass-along>';
}

/* The script loads without holding the page back, and reserves the button's place. */
add_action(
	'wp_head',
	static function (): void {
		$settings = passalong_settings();
		if ( $settings['host'] && $settings['key'] ) {
			printf( '<script src="%s" async></script>', esc_url( $settings['host'] . '/along/' . $settings['key'] . '.js' ) );
			echo '<style>pass-along:not(:defined){display:inline-block;min-block-size:46px;min-inline-size:6.25em;vertical-align:middle}</style>';
		}
	}
);

add_action(
	'init',
	static function (): void {
		add_shortcode( 'passalong', 'passalong_button' );
		wp_register_script( 'passalong-block', plugins_url( 'block.js', __FILE__ ), array( 'wp-blocks', 'wp-element' ), '0.3.0', true );
		register_block_type(
			'passalong/button',
			array(
				'api_version'     => 2,
				'title'           => __( 'Share button (Passalong)', 'passalong' ),
				'category'        => 'widgets',
				'editor_script'   => 'passalong-block',
				'render_callback' => 'passalong_button',
			)
		);
	}
);

/* Below every post, if the owner wants that. */
add_filter(
	'the_content',
	static function ( string $content ): string {
		$below = ! empty( passalong_settings()['below'] ) && is_singular( 'post' ) && in_the_loop() && is_main_query();
		return $below ? $content . '<p>' . passalong_button() . '</p>' : $content;
	}
);

/* WooCommerce: the checkout's form sends the code of the visit as `ht`, and the order keeps it as meta data. */
add_action(
	'woocommerce_after_checkout_form',
	static function (): void {
		wp_print_inline_script_tag( 'document.querySelector("form.checkout")?.setAttribute("data-along", "");' );
	}
);
add_action(
	'woocommerce_checkout_create_order',
	static function ( $order ): void {
		$code = isset( $_POST['ht'] ) ? sanitize_text_field( wp_unslash( $_POST['ht'] ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification -- WooCommerce has checked it.
		if ( preg_match( '/^[A-Za-z0-9_.-]{1,128}$/', $code ) ) {
			$order->update_meta_data( PASSALONG_META, $code );
		}
	}
);

require __DIR__ . '/settings.php';
