"""WooCommerce: orders, partial refunds, cancellations and coupons."""
