"""MCP for assistants, at `/mcp` and as `passalong mcp`: tools made from an OpenAPI. Needs `passalong[mcp]`."""
