"""Recipes that pass `/_along/` on through the web server of the site."""

PROXIES: tuple[tuple[str, str], ...] = (
    (
        "nginx",
        """location /_along/ {
    proxy_pass HOST;
    proxy_set_header Host HOSTNAME;
    proxy_ssl_server_name on;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Cookie "";
    proxy_hide_header Set-Cookie;
    proxy_connect_timeout 1s;
    proxy_read_timeout 2s;
}""",
    ),
    (
        "Caddy",
        """handle /_along/* {
    reverse_proxy HOST {
        header_up Host {upstream_hostport}
        header_up -Cookie
        header_down -Set-Cookie
        transport http {
            dial_timeout 1s
            response_header_timeout 2s
        }
    }
}""",
    ),
    (
        "Apache",
        """SSLProxyEngine on
<Location /_along/>
    ProxyPass HOST/_along/ connectiontimeout=1 timeout=2
    RequestHeader unset Cookie
    Header unset Set-Cookie
</Location>""",
    ),
    (
        "Netlify (_redirects)",
        "/_along/*  HOST/_along/:splat  200",
    ),
    (
        "Vercel (vercel.json)",
        '{"rewrites": [{"source": "/_along/:path*", "destination": "HOST/_along/:path*"}]}',
    ),
    (
        "Cloudflare (Worker, route example.org/_along/*)",
        """export default {
  fetch(request) {
    const url = new URL(request.url);
    const ours = new Request("HOST" + url.pathname + url.search, request);
    ours.headers.delete("Cookie");
    return fetch(ours);
  },
};""",
    ),
)
"""Recipes by web server. docs/deployment.md says more about each line, and how the visitor's address is trusted."""
