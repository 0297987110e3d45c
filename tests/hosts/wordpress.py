"""WordPress as an owner runs it: Debian's packages, MariaDB, our plugin, and a post by an author without rights."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Page

from hosts.build import run
from passalong.web.console.wordpress import wordpress_plugin
from plumbing.ports import HOST

HERE = Path(__file__).parent
SOURCE = Path("/usr/share/wordpress")
START_S = 30.0
CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', ''); define('DB_CHARSET', 'utf8mb4');
define('DB_HOST', 'localhost:{socket}'); define('DB_COLLATE', ''); $table_prefix = 'wp_';
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
SETUP = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '{host}';
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
wp_install('Bees', 'otto', 'otto@example.org', true, '', 'ottos own password');
update_option('siteurl', 'http://{host}'); update_option('home', 'http://{host}');
$problem = activate_plugin('passalong/passalong.php');
if (is_wp_error($problem)) {{ echo $problem->get_error_message(); exit(1); }}
$author = wp_insert_user(array('user_login' => 'ben', 'user_pass' => 'bens own password', 'role' => 'author'));
wp_set_current_user($author);
if (current_user_can('unfiltered_html')) exit(2);
$post = wp_insert_post(array(
    'post_title' => 'Bees', 'post_status' => 'publish', 'post_author' => $author,
    'post_content' => '<p>{text}</p><!-- wp:passalong/button /--><p>[passalong]</p><script>alert(1)</script>'
        . '<!-- wp:woocommerce/checkout /-->',
), true);
if (is_wp_error($post)) {{ echo $post->get_error_message(); exit(3); }}
file_put_contents(__DIR__ . '/post.txt', $post);
"""


def missing() -> str:
    """Return what is not installed; empty where all is there."""
    wanted = {"wordpress": SOURCE.exists(), "php-cli": shutil.which("php"), "mariadb-server": shutil.which("mariadbd")}
    lacking = [name for name, is_there in wanted.items() if not is_there]
    return f"Debian's package {lacking[0]}" if lacking else ""


@contextmanager
def wordpress(folder: Path, url: str, key: str, text: str, port: int) -> Iterator[str]:
    """Install WordPress with the plugin, let Ben write a post, and serve it; yields the address of the post."""
    with _mariadb(folder / "db") as socket:
        site = folder / "site"
        shutil.copytree(SOURCE, site, symlinks=False, ignore=shutil.ignore_patterns("wp-config.php"))
        with ZipFile(BytesIO(wordpress_plugin(url, key))) as plugin:
            plugin.extractall(site / "wp-content" / "plugins")
        (site / "wp-content" / "mu-plugins").mkdir()
        (site / "wp-content" / "mu-plugins" / "shop.php").write_text((HERE / "shop.php").read_text())
        (site / "wp-config.php").write_text(CONFIG.format(socket=socket))
        (site / "setup.php").write_text(SETUP.format(host=f"{HOST}:{port}", text=text))
        run(site, "php", "setup.php")
        (site / "setup.php").unlink()
        server = subprocess.Popen(
            ["php", "-S", f"{HOST}:{port}", "-t", str(site)],
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield f"http://{HOST}:{port}/?p={(site / 'post.txt').read_text()}"
        finally:
            os.killpg(server.pid, signal.SIGTERM)  # its workers are processes of their own
            server.wait()
        shutil.copy(HERE / "attacks.php", site)
        run(site, "php", "attacks.php", SITE_HOST=f"{HOST}:{port}")


def ben_places_the_block(page: Page, url: str) -> None:
    """Ben, an author, adds the block in the editor; it can be chosen there like any other."""
    host = url.partition("/?")[0]
    page.goto(f"{host}/wp-login.php")
    page.get_by_label("Username or Email Address").fill("ben")
    page.get_by_label("Password", exact=True).fill("bens own password")
    page.get_by_role("button", name="Log In").click()
    page.goto(f"{host}/wp-admin/post-new.php")
    page.wait_for_function("window.wp?.blocks?.getBlockType('passalong/button') && wp.data.select('core/editor')")
    page.evaluate("wp.data.dispatch('core/block-editor').insertBlock(wp.blocks.createBlock('passalong/button'))")
    page.locator('[data-type="passalong/button"]').get_by_text("Share button").wait_for(timeout=60_000)


@contextmanager
def _mariadb(folder: Path) -> Iterator[str]:
    """Run a MariaDB of our own, without network; yields its socket."""
    folder.mkdir()
    socket = f"/tmp/passalong-{os.getpid()}.sock"
    user = ("--user=root",) if os.geteuid() == 0 else ()
    run(folder, "mariadb-install-db", f"--datadir={folder}", "--auth-root-authentication-method=normal", *user)
    command = ["mariadbd", "--no-defaults", f"--datadir={folder}", f"--socket={socket}", "--skip-networking", *user]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_S
        while not Path(socket).exists() and time.monotonic() < until:
            time.sleep(0.1)
        run(folder, "mariadb", f"--socket={socket}", "--user=root", "--execute=create database wp")
        yield socket
    finally:
        server.terminate()
        server.wait()
