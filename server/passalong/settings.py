"""Settings: read once from the environment, typed, with all problems reported at once, each with a hint."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from passalong.address_settings import read_database_url, read_url, unexpanded
from passalong.lib.http_client import is_web_url
from passalong.lib.openid import Provider
from passalong.openid_settings import read_provider


class MailSettings(Struct, frozen=True):
    """The mail transport: by the server `host` (`tls` is starttls, tls or none), or into `folder` without one."""

    sender: str
    folder: Path
    host: str = ""
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password: str = ""


class BackupSettings(Struct, frozen=True):
    """Scheduled backups: into `folder` (None: none are made) every so many hours, kept by count and age."""

    folder: Path | None
    every_h: int
    keep: int
    keep_days: int
    passphrase: str = ""


class Settings(Struct, frozen=True):
    """The settings of this instance. Each field is documented in docs/settings.md."""

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
    private_webhooks: bool
    mail: MailSettings
    provider: Provider | None
    backup: BackupSettings
    metrics_token: str


class BadSettingsError(Exception):
    """Invalid settings; `problems` has one line each."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


SHORTEST_PASSPHRASE = 12
SHORTEST_TOKEN = 16
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
    "PASSALONG_METRICS_TOKEN": "",
    "PASSALONG_BACKUP_DIR": "",
    "PASSALONG_BACKUP_EVERY": "24",
    "PASSALONG_BACKUP_KEEP": "14",
    "PASSALONG_BACKUP_KEEP_DAYS": "90",
    "PASSALONG_BACKUP_PASSPHRASE": "",
    "PASSALONG_PRIVATE_WEBHOOKS": "no",
    "PASSALONG_MAIL_FROM": "",
    "PASSALONG_SMTP_HOST": "",
    "PASSALONG_SMTP_PORT": "587",
    "PASSALONG_SMTP_TLS": "starttls",
    "PASSALONG_SMTP_USER": "",
    "PASSALONG_SMTP_PASSWORD": "",
    "PASSALONG_OPENID_ISSUER": "",
    "PASSALONG_OPENID_CLIENT": "",
    "PASSALONG_OPENID_SECRET": "",
    "PASSALONG_OPENID_NAME": "",
}
SECRETS = (
    "PASSALONG_BACKUP_PASSPHRASE",
    "PASSALONG_METRICS_TOKEN",
    "PASSALONG_OPENID_SECRET",
    "PASSALONG_SMTP_PASSWORD",
)
PATHS = ("PASSALONG_DATA", "PASSALONG_HEADS_FILE", "PASSALONG_BACKUP_DIR")
CHOICES = {
    "PASSALONG_LOG": ("debug", "info", "warning", "error"),
    "PASSALONG_ROLE": ("all", "collect", "web", "work"),
    "PASSALONG_UNSAFE_DURABILITY": ("no", "yes"),
    "PASSALONG_PRIVATE_ADDRESSES": ("no", "yes"),
    "PASSALONG_PRIVATE_WEBHOOKS": ("no", "yes"),
    "PASSALONG_SMTP_TLS": ("starttls", "tls", "none"),
}


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in these environment variables; raises BadSettingsError with every problem at once."""
    values = {name: env.get(name, "").strip() or default for name, default in DEFAULTS.items()}
    problems = [*_quoted(values), *(problem for name in PATHS for problem in unexpanded(name, values[name]))]
    port = _number(values, "PASSALONG_PORT", 1, 65_535, problems)
    hops = _number(values, "PASSALONG_PROXY_HOPS", 0, 5, problems)
    data_dir = Path(values["PASSALONG_DATA"]).absolute()
    bind = _bind(values["PASSALONG_BIND"], problems)
    url = read_url(values["PASSALONG_URL"] or f"http://{f'[{bind}]' if ':' in bind else bind}:{port}", problems)
    settings = Settings(
        data_dir=data_dir,
        database_url=read_database_url(values["DATABASE_URL"], data_dir, problems),
        url=url,
        bind=bind,
        port=port,
        proxy_hops=hops,
        log_level=values["PASSALONG_LOG"],
        role=values["PASSALONG_ROLE"],
        processes=_number(values, "PASSALONG_PROCESSES", 1, 64, problems),
        unsafe_durability=values["PASSALONG_UNSAFE_DURABILITY"] == "yes",
        seal_s=_number(values, "PASSALONG_SEAL_SECONDS", 1, 86_400, problems),
        heads_file=Path(values["PASSALONG_HEADS_FILE"] or data_dir / "heads.jsonl").absolute(),
        heads_url=values["PASSALONG_HEADS_URL"],
        private_addresses=values["PASSALONG_PRIVATE_ADDRESSES"] == "yes",
        private_webhooks=values["PASSALONG_PRIVATE_WEBHOOKS"] == "yes",
        mail=_mail(values, url, data_dir, problems),
        provider=read_provider(values, problems),
        backup=_backup(values, problems),
        metrics_token=values["PASSALONG_METRICS_TOKEN"],
    )
    problems += [*_choice_problems(values), *_combination_problems(settings)]
    if problems:
        raise BadSettingsError(problems)
    return settings


def _quoted(values: dict[str, str]) -> Iterator[str]:
    """Yield a line for each value in quotes, as a container's list of variables keeps them, and take them off."""
    for name, value in values.items():
        if name not in SECRETS and len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            values[name] = value[1:-1]
            yield f"{name} has quotes around its value, which count as a part of it: leave them out."


def _choice_problems(values: Mapping[str, str]) -> Iterator[str]:
    for name, words in CHOICES.items():
        if values[name] not in words:
            yield f"{name} is one of {', '.join(words)}, not {values[name][:40]!r}."


def _combination_problems(settings: Settings) -> Iterator[str]:
    """Yield the problems of values that are valid each, but not together or not for this purpose."""
    if settings.database_url.startswith("sqlite") and (settings.role != "all" or settings.processes > 1):
        yield "SQLite wants one process: leave PASSALONG_ROLE and PASSALONG_PROCESSES out, or move to PostgreSQL."
    if settings.heads_url and not is_web_url(settings.heads_url):
        yield "PASSALONG_HEADS_URL is an address like https://witness.example.org/heads; leave it out for none."
    if 0 < len(settings.metrics_token) < SHORTEST_TOKEN:
        yield f"PASSALONG_METRICS_TOKEN has at least {SHORTEST_TOKEN} characters, or is left out."


def _backup(values: Mapping[str, str], problems: list[str]) -> BackupSettings:
    passphrase = values["PASSALONG_BACKUP_PASSPHRASE"]
    if passphrase and len(passphrase) < SHORTEST_PASSPHRASE:
        problems.append(f"PASSALONG_BACKUP_PASSPHRASE has at least {SHORTEST_PASSPHRASE} characters.")
    return BackupSettings(
        folder=Path(values["PASSALONG_BACKUP_DIR"]).absolute() if values["PASSALONG_BACKUP_DIR"] else None,
        every_h=_number(values, "PASSALONG_BACKUP_EVERY", 1, 8_760, problems),
        keep=_number(values, "PASSALONG_BACKUP_KEEP", 1, 10_000, problems),
        keep_days=_number(values, "PASSALONG_BACKUP_KEEP_DAYS", 1, 3_650, problems),
        passphrase=passphrase,
    )


def _mail(values: Mapping[str, str], url: str, data_dir: Path, problems: list[str]) -> MailSettings:
    """Return the mail settings: a mail server needs a sender address; the folder takes any."""
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


def _bind(text: str, problems: list[str]) -> str:
    """Return the address to listen on, an IPv6 one without brackets; a port beside it belongs elsewhere."""
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.endswith("]")):
        problems.append(f"PASSALONG_BIND is an address without a port: PASSALONG_BIND={host} PASSALONG_PORT={port}.")
        return host.strip("[]")
    return text.removeprefix("[").removesuffix("]")


def _number(values: Mapping[str, str], name: str, least: int, most: int, problems: list[str]) -> int:
    text = values[name]
    if text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
        return int(text)
    problems.append(f"{name} is a number from {least} to {most}, not {text[:40]!r}.")
    return least
