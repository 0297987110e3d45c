"""The Bee Almanac as its owner would run it: articles with the pasted tag, and a shop that reports its orders.

It knows Passalong by an address, a site key and an API key, and by nothing else.
"""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from passalong.demo import kept
from passalong.demo.almanac import ARTICLES, CURRENCY, NAME, PRODUCTS, PURCHASE, Article, Product, home_url
from passalong.demo.kept import DemoRunError
from passalong.demo.reporting import Reporter, refund, sale
from passalong.serving import GunicornInCode, network_address, why_not_listen
from passalong.settings import Settings

BIND = "127.0.0.1"
FIELD = "ht"
"""The hidden field into which the script puts the code, in forms with `data-along`."""
LONGEST_CODE = 128
MOST_ORDERS = 1_000


class ShopSettings(Struct, frozen=True):
    """The addresses of Passalong and of this site, and the site's keys."""

    host: str
    site_id: str
    api_key: str
    home_url: str


class Order(Struct, frozen=True):
    """An order in the shop."""

    order_id: str
    product: Product
    has_code: bool
    is_returned: bool = False


class Checkout:
    """The orders, in memory: this shop forgets them when it stops."""

    def __init__(self, reporter: Reporter):
        self._reporter = reporter
        self._orders: dict[str, Order] = {}

    def sell(self, product: Product, code: str) -> Order:
        """Take an order, and report it."""
        order = Order(f"order-{secrets.token_hex(6)}", product, bool(code))
        self._keep(order)
        self._reporter.tell(sale(order.order_id, PURCHASE, product.price_minor, CURRENCY, code))
        return order

    def take_back(self, order: Order) -> None:
        """Refund an order, and report it; once."""
        if not order.is_returned:
            self._keep(replace(order, is_returned=True))
            self._reporter.tell(refund(order.order_id, order.product.price_minor))

    def find(self, order_id: str) -> Order:
        """Return the order of that id, or 404."""
        return self._orders.get(order_id) or abort(404)

    def is_untold(self, order: Order) -> bool:
        """Return True while something about it is unreported."""
        return self._reporter.is_waiting(order.order_id)

    def _keep(self, order: Order) -> None:
        self._orders[order.order_id] = order
        while len(self._orders) > MOST_ORDERS:
            del self._orders[next(iter(self._orders))]


def make_shop(settings: ShopSettings) -> Flask:
    """Return the almanac as a Flask app."""
    app = Flask(__name__)
    checkout = Checkout(Reporter(settings.host, settings.api_key))
    app.context_processor(lambda: {"site": settings, "name": NAME, "articles": ARTICLES})
    _one_address(app, settings)
    _to_read(app)
    _to_buy(app, checkout)
    _headers(app, settings)
    app.register_error_handler(HTTPException, _lost)
    return app


def _one_address(app: Flask, settings: ShopSettings) -> None:
    """Redirect other host names of this machine to the site's one origin."""

    @app.before_request
    def _elsewhere() -> AnyResponse | None:
        if request.method != "GET" or request.host == urlsplit(settings.home_url).netloc:
            return None
        return redirect(settings.home_url + request.full_path.rstrip("?"), 302)


def _to_read(app: Flask) -> None:
    @app.get("/")
    def front() -> str:
        return render_template("front.html")

    @app.get("/<slug>")
    def article(slug: str) -> str:
        here = next((article for article in ARTICLES if article.slug == slug), None) or abort(404)
        return render_template(f"{here.slug}.html", here=here, following=_following(here))


def _following(here: Article) -> Article:
    return ARTICLES[(ARTICLES.index(here) + 1) % len(ARTICLES)]


def _to_buy(app: Flask, checkout: Checkout) -> None:
    @app.get("/shop")
    def shop() -> str:
        return render_template("shop.html", products=PRODUCTS)

    @app.post("/buy")
    def buy() -> AnyResponse:
        item = request.form.get("item", "")
        product = next((candidate for candidate in PRODUCTS if candidate.key == item), None) or abort(400)
        order = checkout.sell(product, request.form.get(FIELD, "")[:LONGEST_CODE])
        return redirect(f"/thanks/{order.order_id}", 303)

    @app.get("/thanks/<order_id>")
    def thanks(order_id: str) -> str:
        order = checkout.find(order_id)
        return render_template("thanks.html", order=order, is_untold=checkout.is_untold(order))

    @app.post("/return/<order_id>")
    def take_back(order_id: str) -> AnyResponse:
        checkout.take_back(checkout.find(order_id))
        return redirect(f"/thanks/{order_id}", 303)


def _headers(app: Flask, settings: ShopSettings) -> None:
    """Set a strict policy: this site's own, and the two lines that Passalong needs."""
    policy = {
        "default-src": "'none'",
        "script-src": f"{settings.host} 'self'",
        "connect-src": settings.host,
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    csp = "; ".join(f"{name} {value}" for name, value in policy.items())

    @app.after_request
    def _set(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = csp
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        return response


def _lost(error: HTTPException) -> tuple[str, int]:
    return render_template("lost.html"), error.code or 500


class ShopServer(GunicornInCode):
    """The almanac on gunicorn's plain threads, as most owners run theirs."""

    def __init__(self, settings: ShopSettings, port: int):
        self._settings = settings
        super().__init__(bind=network_address(BIND, port), worker_class="gthread", threads=4, proc_name="bee-almanac")

    def load(self) -> Flask:
        """Load the app in the worker."""
        return make_shop(self._settings)


def serve_shop(settings: Settings, demo_port: int) -> None:
    """Serve the demo site alone, as `demo run` set it up. Raises DemoRunError."""
    state = kept.read(settings.data_dir)
    if state is None:
        raise DemoRunError(f"There is no demo site in {settings.data_dir} yet: `passalong demo run` makes it.")
    if state.port != demo_port:
        raise DemoRunError(f"The demo site was made for port {state.port}: add --demo-port {state.port}.")
    if why := why_not_listen(BIND, demo_port, otherwise="end what listens there first"):
        raise DemoRunError(why)
    ShopServer(ShopSettings(settings.url, state.site_id, state.api_key, home_url(demo_port)), demo_port).run()
