"""The service's environment for commands: its settings file and `--data`, so that each finds the same instance.

The file is one that systemd reads, too (`EnvironmentFile=`): lines like `PASSALONG_URL=https://along.example.org`.
Variables that are set already win.
"""

import os
import pwd
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from passalong.cli.common import CommandError
from passalong.key_files import LEDGER_KEYS, LINK_KEYS
from passalong.settings import DEFAULTS

VARIABLE = "PASSALONG_CONFIG"
USUAL = Path("/etc/passalong.env")
API_KEY = "PASSALONG_KEY"
"""For `listen` and `mcp`."""
QUOTES = ("'", '"')
KNOWN = frozenset((*DEFAULTS, LINK_KEYS.variable, LEDGER_KEYS.variable))


def take_environment(data: Path | None) -> None:
    """Set the variables of the settings file that are not set, and the data folder that was named.

    Raises CommandError.
    """
    named = os.environ.get(VARIABLE, "").strip()
    path = Path(named) if named else USUAL
    if named or _is_there(path):
        for name, value in read_file(path).items():
            os.environ.setdefault(name, value)
    if data is not None:
        os.environ["PASSALONG_DATA"] = str(data)
        os.environ.pop("DATABASE_URL", None)
    _refuse_other_user(Path(os.environ.get("PASSALONG_DATA", "").strip() or DEFAULTS["PASSALONG_DATA"]))


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each variable that looks like a setting and is none: a typing mistake most likely."""
    for name in sorted(environment):
        if name.startswith("PASSALONG_") and name not in (*KNOWN, VARIABLE, API_KEY):
            near = get_close_matches(name, KNOWN, 1, 0.85)
            yield f"{name} is no setting and is ignored{f': is it {near[0]}?' if near else '.'}"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True


def read_file(path: Path) -> Mapping[str, str]:
    """Return the variables of a settings file. Raises CommandError."""
    values = {}
    for number, line in enumerate(map(str.strip, _text(path).splitlines()), start=1):
        if not line or line[0] in "#;":
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or name not in KNOWN:
            raise CommandError(f"Line {number} of {path} is no setting: {_why_none(name, equals)}")
        if value.endswith("\\"):
            raise CommandError(f"Line {number} of {path} ends with a backslash: write the value on one line.")
        if value[:1] in QUOTES and (len(value) == 1 or value[-1] != value[0]):
            raise CommandError(f"Line {number} of {path}: the quote before the value of {name} does not end with it.")
        values[name] = value[1:-1] if value[:1] in QUOTES else value
    return values


def _text(path: Path) -> str:
    """Return the text of a settings file. Raises CommandError."""
    try:
        content = path.read_bytes()
    except PermissionError:
        raise CommandError(
            f"The settings in {path} are another user's: run this as theirs, like `sudo -u passalong passalong …`."
        ) from None
    except OSError as error:
        raise CommandError(f"The settings in {path} cannot be read: {os.strerror(error.errno or 0).lower()}.") from None
    try:
        if content.startswith(BOM_UTF8):
            raise UnicodeError
        return content.decode()
    except UnicodeError:
        raise CommandError(f"{path} is not plain UTF-8: save it as UTF-8 without a byte order mark.") from None


def _why_none(name: str, equals: str) -> str:
    """Return what is wrong with the name of a setting, and what to write."""
    if name.startswith("export "):
        return "leave `export` out."
    near = get_close_matches(name.partition(":")[0].strip().upper(), KNOWN, 1, 0.85)
    if near:
        return f"write it like {near[0]}=… (it begins with {name[:40]!r})."
    kind = "it begins with" if equals else "it is no NAME=value, but begins with"
    return f"{kind} {name[:40]!r} (docs/settings.md)."


def _refuse_other_user(folder: Path) -> None:
    """Refuse to work as root in another user's data folder: what root makes there, the server could not open."""
    if os.geteuid() != 0 or not folder.is_dir():
        return
    owner = folder.stat().st_uid
    if owner != 0:
        raise CommandError(
            f"{folder.absolute()} belongs to {_name_of(owner)}: run this as that user, "
            f"like `sudo -u {_name_of(owner)} passalong …`."
        )


def _name_of(user: int) -> str:

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"
