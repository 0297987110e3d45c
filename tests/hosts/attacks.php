<?php
/* Settings, codes and rights as an attacker would try them; then the plugin is deleted. */
$_SERVER['HTTP_HOST'] = getenv( 'SITE_HOST' );
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
$kept = passalong_settings();
$bad = array(
    'x',
    array( 'host' => 'javascript:alert(1)', 'key' => "bees01\n<script>" ),
    array( 'host' => array( 'a' ), 'key' => array() ),
    array( 'host' => 'https://otto@evil.example', 'key' => 'UPPER CASE' ),
    array( 'host' => 'https://x.example/?a', 'key' => '../../x' ),
);
foreach ( $bad as $given ) {
    $clean = passalong_clean( $given );
    if ( $clean['host'] !== $kept['host'] || $clean['key'] !== $kept['key'] ) exit( 1 );
}
foreach ( array( "a.b\n", 'a b', '<b>', str_repeat( 'a', 129 ), array( 'a' ), null ) as $code ) {
    $order = new Bees_Order();
    passalong_keep_code( $order, $code );
    if ( $order->meta ) exit( 2 );
}
$author = get_user_by( 'login', 'ben' );
if ( user_can( $author, 'manage_options' ) || ! user_can( 1, 'manage_options' ) ) exit( 3 );
update_option( 'passalong', array( 'below' => '1' ) );
deactivate_plugins( 'passalong/passalong.php' );
uninstall_plugin( 'passalong/passalong.php' );
if ( false !== get_option( 'passalong' ) ) exit( 4 );
