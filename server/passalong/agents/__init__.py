"""`passalong mcp`: tools for assistants, made from the OpenAPI of a running instance. Needs `passalong[mcp]`."""
