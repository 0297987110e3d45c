"""Settings: read once from the environment, typed, and complaining about everything at once, each with a hint."""

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from passalong.outbound import is_web_url
from passalong.signing import SEED_BYTES, SigningKeys
from passalong.tokens import Keyring


class MailSettings(Struct, frozen=True):
    """How e-mails go out: by the server `host` (`tls` is starttls, tls or none), or into `folder` without one."""

    sender: str
    folder: Path
    host: str = ""
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password: str = ""


class Settings(Struct, frozen=True):
    """How this instance runs. Each field is documented in docs/settings.md."""

    data_dir: Path
    database_url: str
    url: str
    bind: str
    port: int
    proxy_hops: int
    log_level: str
    role: str
    processes: int
    unsafe_durability: bool
    seal_s: int
    heads_file: Path
    heads_url: str
    private_addresses: bool
    mail: MailSettings


class BadSettings(Exception):
    """Settings that cannot stand; `problems` has one line each."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


_SENDER = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
DEFAULTS = {
    "PASSALONG_DATA": "data",
    "DATABASE_URL": "",
    "PASSALONG_URL": "",
    "PASSALONG_BIND": "127.0.0.1",
    "PASSALONG_PORT": "8080",
    "PASSALONG_PROXY_HOPS": "0",
    "PASSALONG_LOG": "info",
    "PASSALONG_ROLE": "all",
    "PASSALONG_PROCESSES": "1",
    "PASSALONG_UNSAFE_DURABILITY": "no",
    "PASSALONG_SEAL_SECONDS": "60",
    "PASSALONG_HEADS_FILE": "",
    "PASSALONG_HEADS_URL": "",
    "PASSALONG_PRIVATE_ADDRESSES": "no",
    "PASSALONG_MAIL_FROM": "",
    "PASSALONG_SMTP_HOST": "",
    "PASSALONG_SMTP_PORT": "587",
    "PASSALONG_SMTP_TLS": "starttls",
    "PASSALONG_SMTP_USER": "",
    "PASSALONG_SMTP_PASSWORD": "",
}
CHOICES = {
    "PASSALONG_LOG": ("debug", "info", "warning", "error"),
    "PASSALONG_ROLE": ("all", "collect", "web", "work"),
    "PASSALONG_UNSAFE_DURABILITY": ("no", "yes"),
    "PASSALONG_PRIVATE_ADDRESSES": ("no", "yes"),
    "PASSALONG_SMTP_TLS": ("starttls", "tls", "none"),
}


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """The settings in these environment variables; raises BadSettings with every problem at once."""
    values = {name: env.get(name, "").strip() or default for name, default in DEFAULTS.items()}
    problems: list[str] = []
    port = _number(values, "PASSALONG_PORT", 1, 65_535, problems)
    hops = _number(values, "PASSALONG_PROXY_HOPS", 0, 5, problems)
    data_dir = Path(values["PASSALONG_DATA"]).absolute()
    url = (values["PASSALONG_URL"] or f"http://{values['PASSALONG_BIND']}:{port}").rstrip("/")
    _check_url(url, problems)
    database_url = _database_url(values["DATABASE_URL"], data_dir, problems)
    for name, words in CHOICES.items():
        if values[name] not in words:
            problems.append(f"{name} is one of {', '.join(words)}, not {values[name][:40]!r}.")
    processes = _number(values, "PASSALONG_PROCESSES", 1, 64, problems)
    if database_url.startswith("sqlite") and (values["PASSALONG_ROLE"] != "all" or processes > 1):
        problems.append(
            "SQLite wants one process: leave PASSALONG_ROLE and PASSALONG_PROCESSES out, or move to PostgreSQL."
        )
    seal_s = _number(values, "PASSALONG_SEAL_SECONDS", 1, 86_400, problems)
    if values["PASSALONG_HEADS_URL"] and not is_web_url(values["PASSALONG_HEADS_URL"]):
        problems.append(
            "PASSALONG_HEADS_URL is an address like https://witness.example.org/heads; leave it out for none."
        )
    mail = _mail(values, url, data_dir, problems)
    if problems:
        raise BadSettings(problems)
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        url=url,
        bind=values["PASSALONG_BIND"],
        port=port,
        proxy_hops=hops,
        log_level=values["PASSALONG_LOG"],
        role=values["PASSALONG_ROLE"],
        processes=processes,
        unsafe_durability=values["PASSALONG_UNSAFE_DURABILITY"] == "yes",
        seal_s=seal_s,
        heads_file=Path(values["PASSALONG_HEADS_FILE"] or data_dir / "heads.jsonl").absolute(),
        heads_url=values["PASSALONG_HEADS_URL"],
        private_addresses=values["PASSALONG_PRIVATE_ADDRESSES"] == "yes",
        mail=mail,
    )


def _mail(values: Mapping[str, str], url: str, data_dir: Path, problems: list[str]) -> MailSettings:
    """A mail server wants a sender of one's own; the folder takes any."""
    host, sender = values["PASSALONG_SMTP_HOST"], values["PASSALONG_MAIL_FROM"]
    if (host and not sender) or (sender and not _SENDER.fullmatch(sender)):
        problems.append("PASSALONG_MAIL_FROM is the address that e-mails come from, like credit@example.org.")
    if bool(values["PASSALONG_SMTP_USER"]) != bool(values["PASSALONG_SMTP_PASSWORD"]):
        problems.append("PASSALONG_SMTP_USER and PASSALONG_SMTP_PASSWORD go together: set both, or neither.")
    return MailSettings(
        sender=sender or f"credit@{urlsplit(url).hostname if '[' not in url else 'localhost'}",
        folder=data_dir / "outbox",
        host=host,
        port=_number(values, "PASSALONG_SMTP_PORT", 1, 65_535, problems),
        tls=values["PASSALONG_SMTP_TLS"],
        user=values["PASSALONG_SMTP_USER"],
        password=values["PASSALONG_SMTP_PASSWORD"],
    )


def _number(values: Mapping[str, str], name: str, least: int, most: int, problems: list[str]) -> int:
    text = values[name]
    if text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
        return int(text)
    problems.append(f"{name} is a number from {least} to {most}, not {text[:40]!r}.")
    return least


def _check_url(url: str, problems: list[str]) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
        good = good and url == f"{parts.scheme}://{parts.netloc}"
    except ValueError:  # half of an IPv6 address, or a port that is no number
        good = False
    if not good:
        problems.append(
            f"PASSALONG_URL is the address people see, like https://along.example.org without a path, not {url[:80]!r}."
        )


def _database_url(text: str, data_dir: Path, problems: list[str]) -> str:
    if not text:
        return f"sqlite:///{data_dir / 'passalong.sqlite3'}"
    hint = "DATABASE_URL is like postgresql://name@host/database or sqlite:////path/to/file; leave it out for SQLite."
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        problems.append(hint)
        return text
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        problems.append(hint)
    return url.render_as_string(hide_password=False)


def read_keys(settings: Settings, env: Mapping[str, str] = os.environ) -> Keyring:
    """The signing secrets: PASSALONG_KEYS (`{"1": "…"}`), or a file beside the data that is made at the first start."""
    text = env.get("PASSALONG_KEYS", "").strip()
    path = settings.data_dir / "keys.json"
    if not text and not path.exists():
        _make_keys(path, secrets.token_urlsafe(48))
    try:
        kept = {int(key_id): secret for key_id, secret in json.loads(text or path.read_text()).items()}
        good = kept and all(_is_good_key(key_id, secret) for key_id, secret in kept.items())
    except (ValueError, AttributeError, TypeError):
        good = False
    if not good:
        where = "PASSALONG_KEYS" if text else str(path)
        raise BadSettings([f'{where} has signing secrets like {{"1": "at least 32 characters"}}, by numbers 1 to 255.'])
    return Keyring(kept)


def read_signing_keys(settings: Settings, env: Mapping[str, str] = os.environ) -> SigningKeys:
    """What signs the heads of ledgers: PASSALONG_LEDGER_KEYS, or a file beside the data, made at the first start."""
    text = env.get("PASSALONG_LEDGER_KEYS", "").strip()
    path = settings.data_dir / "ledger-keys.json"
    if not text and not path.exists():
        _make_keys(path, secrets.token_hex(SEED_BYTES))
    try:
        seeds = {int(number): bytes.fromhex(seed) for number, seed in json.loads(text or path.read_text()).items()}
        return SigningKeys(seeds)
    except (ValueError, AttributeError, TypeError):
        where = "PASSALONG_LEDGER_KEYS" if text else str(path)
        raise BadSettings([f'{where} has signing keys like {{"1": "64 hex digits"}}, by numbers.']) from None


def _is_good_key(key_id: int, secret: object) -> bool:
    return 1 <= key_id <= 255 and isinstance(secret, str) and len(secret) >= 32


def _make_keys(path: Path, secret: str) -> None:
    """Keep the first secret, readable by this user alone, and never half-written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"1": secret}, file)
    try:
        os.link(made, path)
    except FileExistsError:
        pass  # another process was first; its secret stands
    finally:
        made.unlink()
