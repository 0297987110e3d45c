"""Hosts that answer each request by a program: Flask, and Django in a process of its own, each with a checkout."""

import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from flask import Flask, render_template_string, request
from werkzeug.serving import make_server

from hosts.build import TEXT, TOOLS, Lines
from plumbing.nginx import answers
from plumbing.ports import HOST

START_S = 60
PAGE = f"""<!doctype html><html lang=en><title>Bees</title><h1>Bees</h1><p>{TEXT}</p>
{{% include "passalong.html" %}}
<form method=post data-along>{{% csrf_token %}}<button>Buy</button></form><p>{{{{ bought }}}}</p></html>"""
DJANGO = """import sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.shortcuts import render
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="a key of Otto's, for this test alone",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"]}],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
)

def bees(request):
    code = request.POST.get("ht")
    return render(request, "page.html", {"bought": f"Bought by {code}" if code else ""})

urlpatterns = [path("", bees)]
execute_from_command_line([sys.argv[0], "runserver", "--noreload", sys.argv[1]])
"""


@contextmanager
def flask(folder: Path, lines: Lines, port: int) -> Iterator[str]:
    """A Flask app whose page includes the template."""
    lines.write(folder)
    app = Flask("bees", template_folder=str(folder / "templates"))

    @app.route("/", methods=["GET", "POST"])
    def bees() -> str:
        code = request.form.get("ht")
        bought = f"Bought by {code}" if code else ""
        return render_template_string(PAGE.replace("{% csrf_token %}", ""), bought=bought)

    server = make_server(HOST, port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def django(folder: Path, lines: Lines, port: int) -> Iterator[str]:
    """A Django project of one file, with its usual middleware for security and forms."""
    lines.write(folder)
    (folder / "templates" / "page.html").write_text(PAGE)
    (folder / "app.py").write_text(DJANGO)
    command = [str(TOOLS / "bin" / "python"), "app.py", f"{HOST}:{port}"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert answers(port, START_S), "Django did not start"
        yield f"http://{HOST}:{port}"
    finally:
        server.terminate()
        server.wait()


APPS: Mapping[str, Callable[[Path, Lines, int], AbstractContextManager[str]]] = {"flask": flask, "django": django}
"""Hosts whose pages a program draws for each request."""
