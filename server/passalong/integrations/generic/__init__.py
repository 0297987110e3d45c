"""Any system that signs its deliveries with HMAC-SHA256: the owner says where each field is."""
