<?php
/**
 * Deleting the plugin deletes its settings, on every site of a network. Orders keep their meta data: they are the shop's books.
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $passalong_site ) {
		delete_blog_option( $passalong_site, 'passalong' );
	}
} else {
	delete_option( 'passalong' );
}
