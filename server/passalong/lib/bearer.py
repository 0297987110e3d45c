"""Challenges of answers with 401 (RFC 6750), and the metadata of a resource that takes keys (RFC 9728)."""

WELL_KNOWN = "/.well-known/oauth-protected-resource"
CHALLENGE = "WWW-Authenticate"
REALM = "passalong"


def challenge(*, with_key: bool, metadata_url: str = "") -> str:
    """Return the value of `WWW-Authenticate`: `invalid_token` for a request with a key, no error for one without.

    `metadata_url` is where the resource is described, empty if it is not.
    """
    parts = [f'Bearer realm="{REALM}"']
    parts += ['error="invalid_token"', 'error_description="This key is wrong, or has ended"'] if with_key else []
    parts += [f'resource_metadata="{metadata_url}"'] if metadata_url else []
    return ", ".join(parts)


def resource_metadata(resource: str, documentation: str) -> dict[str, object]:
    """Return the description of a resource that takes keys in a header. No authorization server makes them."""
    return {
        "resource": resource,
        "resource_name": "Passalong",
        "bearer_methods_supported": ["header"],
        "resource_documentation": documentation,
    }
