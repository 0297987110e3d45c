<?php
/**
 * The page Settings, Passalong: the address and the key, as the console's Install page shows them.
 */

defined( 'ABSPATH' ) || exit;

add_action(
	'admin_menu',
	static function (): void {
		add_options_page( 'Passalong', 'Passalong', 'manage_options', 'passalong', 'passalong_settings_page' );
	}
);
add_action(
	'admin_init',
	static function (): void {
		register_setting( 'passalong', PASSALONG_OPTION, array( 'type' => 'array', 'sanitize_callback' => 'passalong_clean' ) );
	}
);

/** Return the settings as they are stored; what cannot be used is named and left as it was. */
function passalong_clean( $given ): array {
	$before = passalong_settings();
	$given  = array_filter( (array) $given, 'is_scalar' );
	$host   = untrailingslashit( esc_url_raw( trim( (string) ( $given['host'] ?? '' ) ), array( 'http', 'https' ) ) );
	$key    = strtolower( trim( (string) ( $given['key'] ?? '' ) ) );
	$parts  = wp_parse_url( $host );
	if ( ! $host || empty( $parts['host'] ) || array_intersect_key( $parts, array_flip( array( 'user', 'pass', 'query', 'fragment' ) ) ) ) {
		add_settings_error( PASSALONG_OPTION, 'host', __( 'Enter the address of Passalong, such as https://along.example.org.', 'passalong' ) );
		$host = $before['host'];
	}
	if ( ! preg_match( '/\A[a-z0-9]{4,16}\z/', $key ) ) {
		add_settings_error( PASSALONG_OPTION, 'key', __( 'Enter the key of the site, such as k7f3q9: the console shows it on the page Install.', 'passalong' ) );
		$key = $before['key'];
	}
	return array( 'host' => $host, 'key' => $key, 'below' => empty( $given['below'] ) ? '' : '1' );
}

/** Print the page. */
function passalong_settings_page(): void {
	$settings = passalong_settings();
	?>
	<div class="wrap">
		<h1>Passalong</h1>
		<form method="post" action="options.php">
			<?php settings_fields( 'passalong' ); ?>
			<table class="form-table" role="presentation">
				<tr><th scope="row"><label for="passalong-host"><?php esc_html_e( 'Address of Passalong', 'passalong' ); ?></label></th>
				<td><input id="passalong-host" class="regular-text" type="url" name="passalong[host]" value="<?php echo esc_attr( $settings['host'] ); ?>" required></td></tr>
				<tr><th scope="row"><label for="passalong-key"><?php esc_html_e( 'Key of the site', 'passalong' ); ?></label></th>
				<td><input id="passalong-key" name="passalong[key]" value="<?php echo esc_attr( $settings['key'] ); ?>" required></td></tr>
				<tr><th scope="row"><?php esc_html_e( 'Where', 'passalong' ); ?></th>
				<td><label><input type="checkbox" name="passalong[below]" value="1" <?php checked( ! empty( $settings['below'] ) ); ?>> <?php esc_html_e( 'Below every post', 'passalong' ); ?></label>
				<p class="description"><?php esc_html_e( 'Elsewhere use the block “Share button (Passalong)” or the shortcode [passalong].', 'passalong' ); ?></p></td></tr>
			</table>
			<?php submit_button(); ?>
		</form>
	</div>
	<?php
}
