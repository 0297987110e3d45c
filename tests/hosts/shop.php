<?php
/* Stands in for WooCommerce, which no package here has: its hooks, its way to read a form, and the store of its block. */
class Bees_Order { public $meta = array(); function update_meta_data( $key, $value ) { $this->meta[ $key ] = $value; } }
add_action( 'wp_enqueue_scripts', function () { wp_enqueue_script( 'jquery' ); wp_enqueue_script( 'wp-data' ); }, 5 );
add_filter( 'the_content', function ( $content ) {
    ob_start();
    echo '<form class="checkout" method="post">';
    do_action( 'woocommerce_checkout_after_order_review' );
    echo '<button>Buy</button></form><p id="bought"></p>';
    return $content . ob_get_clean();
} );
add_action( 'wp_footer', function () { ?><script>
const actions = { setExtensionData: (name, data) => ({ type: "SET", name, data }) };
const reducer = (kept = {}, action) => (action.type === "SET" ? { ...kept, [action.name]: action.data } : kept);
const selectors = { getExtensionData: (kept) => kept };
wp.data.register(wp.data.createReduxStore("wc/store/checkout", { reducer, actions, selectors }));
jQuery("form.checkout").on("submit", function (event) {
  event.preventDefault();
  const extensions = JSON.stringify(wp.data.select("wc/store/checkout").getExtensionData());
  const sent = jQuery(this).serialize() + "&extensions=" + encodeURIComponent(extensions);
  jQuery.post("/?order=1", sent, (text) => jQuery("#bought").text(text));
});
</script><?php }, 99 );
add_action( 'init', function () {
    if ( empty( $_GET['order'] ) ) return;
    $classic = new Bees_Order();
    do_action( 'woocommerce_checkout_create_order', $classic, array() );
    $block = new Bees_Order();
    $request = array( 'extensions' => json_decode( wp_unslash( $_POST['extensions'] ), true ) );
    do_action( 'woocommerce_store_api_checkout_update_order_from_request', $block, $request );
    exit( $classic->meta === $block->meta ? 'Bought by ' . $classic->meta['_ht'] : wp_json_encode( array( $classic, $block ) ) );
} );
