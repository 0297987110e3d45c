<?php
/**
 * Plugin Name: Passalong
 * Description: A share button that credits the people who share. Block, shortcode [passalong], and the code of the visit in WooCommerce orders.
 * Version: 0.3.0
 * Requires at least: 6.0
 * Requires PHP: 7.4
 * License: Apache-2.0
 * Text Domain: passalong
 * Domain Path: /languages
 */

defined( 'ABSPATH' ) || exit;

const PASSALONG_VERSION = '0.3.0';
const PASSALONG_OPTION  = 'passalong';

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

/* The script loads without holding the page back, and a style reserves the button's place until then. */
add_action(
	'wp_enqueue_scripts',
	static function (): void {
		$settings = passalong_settings();
		if ( ! $settings['host'] || ! $settings['key'] ) {
			return;
		}
		// phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion -- the script's own headers say how long it may be kept.
		wp_enqueue_script( 'passalong', $settings['host'] . '/along/' . $settings['key'] . '.js', array(), null, false );
		wp_register_style( 'passalong', false, array(), PASSALONG_VERSION );
		wp_enqueue_style( 'passalong' );
		wp_add_inline_style( 'passalong', 'pass-along:not(:defined){display:inline-block;min-block-size:46px;min-inline-size:6.25em;vertical-align:middle}' );
	}
);
add_filter(
	'script_loader_tag',
	static function ( string $tag, string $handle ): string {
		return 'passalong' === $handle && false === strpos( $tag, ' async' ) ? str_replace( ' src=', ' async src=', $tag ) : $tag;
	},
	10,
	2
);

add_action(
	'init',
	static function (): void {
		load_plugin_textdomain( 'passalong', false, dirname( plugin_basename( __FILE__ ) ) . '/languages' );
		add_shortcode( 'passalong', 'passalong_button' );
		wp_register_script( 'passalong-block', plugins_url( 'block.js', __FILE__ ), array( 'wp-blocks', 'wp-block-editor', 'wp-element', 'wp-i18n' ), PASSALONG_VERSION, true );
		wp_set_script_translations( 'passalong-block', 'passalong' );
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

require __DIR__ . '/settings.php';
require __DIR__ . '/woocommerce.php';
