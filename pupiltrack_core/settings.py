"""Every setting, where it comes from and what it may be. The only reader of the environment.

Entry points (server, command line, a page as it opens) call `load_settings` once and hand the
values on. A setting stands in `pupiltrack.toml` under its own name, or in the environment as
`PUPILTRACK_` and its name in capitals; the environment wins.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from pupiltrack_core.errors import ConfigurationError

PREFIX = "PUPILTRACK_"
CONFIG_NAME = "pupiltrack.toml"
# Not settings, but ours in the environment: where the file is, and what a page's kernel is told.
_CONFIG, _PAGE, _PAGE_TICKET = f"{PREFIX}CONFIG", f"{PREFIX}PAGE", f"{PREFIX}PAGE_TICKET"
_OTHER_VARIABLES = {_CONFIG, _PAGE, _PAGE_TICKET}
# What a page's kernel must know; the secret file and the server's own settings it must not.
_KERNEL_SETTINGS = ("database_url", "idle_minutes", "public_url", "behind_proxy", "host", "port")
_SECRET_BYTES = 32
# WCAG 2.2.1: a time limit must be extendable at least ten times, so 11 idle spans fit a session.
_SPANS_IN_A_SESSION = 11
_AGE_KEY = re.compile(r"age1[02-9ac-hj-np-z]{58}")


class PasswordHashing(StrEnum):
    """How dear a password's hash is: `hardened` to serve real people, `floor` for demonstration."""

    HARDENED = "hardened"
    FLOOR = "floor"


class SignInProfile(StrEnum):
    """Whose rules sign-in follows: today's practice, or the guides of the systems it replaces."""

    HARDENED = "hardened"
    GUIDES = "guides"


class SecondStepRule(StrEnum):
    """Whether everyone signs in in two steps; `optional` is for demonstration."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class MailSecurity(StrEnum):
    """How the connection to the mail server is kept from others; `none` is for one on this host."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, checked. Paths are absolute; a relative SQLite file has become absolute too.

    `public_url` is the address people type when a proxy serves HTTPS in front; cookies are then
    Secure. `behind_proxy`, needed then, lets the client's address be read from the last entry of
    X-Forwarded-For, which that proxy writes. Without `smtp_host` messages go into files in
    `mail_spool`.
    """

    database_url: str = field(default="sqlite:///var/pupiltrack.sqlite", repr=False)
    host: str = "127.0.0.1"
    port: int = 8866
    public_url: str | None = None
    behind_proxy: bool = False
    secret_file: Path = Path("var/secret")
    idle_minutes: int = 60
    session_hours: int = 12
    single_device: bool = True
    password_hashing: PasswordHashing = PasswordHashing.HARDENED
    sign_in_profile: SignInProfile = SignInProfile.HARDENED
    second_step: SecondStepRule = SecondStepRule.REQUIRED
    guessed_names: int = 50
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_security: MailSecurity = MailSecurity.STARTTLS
    smtp_user: str | None = None
    smtp_password_file: Path | None = None
    mail_from: str = "PupilTrack <no-reply@localhost>"
    mail_spool: Path = Path("var/mail")
    backup_folder: Path = Path("var/backups")
    backup_recipients: tuple[str, ...] = ()
    backup_days: int = 35
    backup_database_url: str | None = field(default=None, repr=False)
    batch_folder: Path = Path("var/batches")
    page_log: Path = Path("var/pages.log")
    notebooks_dir: Path = Path("notebooks")
    max_kernels: int = 40
    kernel_memory_mb: int = 2048
    min_free_memory_mb: int = 300

    @property
    def secure_cookies(self) -> bool:
        """Whether people reach the portal over HTTPS, so that cookies may go no other way."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def address(self) -> str:
        """The portal's own address, as links in messages begin with it."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def kernel_environment(self) -> dict[str, str]:
        """Return the variables a page's kernel needs in order to load these settings itself."""
        held = {name: getattr(self, name) for name in _KERNEL_SETTINGS}
        return {f"{PREFIX}{name.upper()}": str(held[name]) for name in held if held[name]}


@dataclass(frozen=True, slots=True)
class PageOpening:
    """What the server told the kernel of a page: which page, its ticket, the address's query."""

    page: str
    ticket: str = field(repr=False)
    query: str


def load_settings(
    environ: Mapping[str, str] | None = None, config_path: Path | None = None
) -> Settings:
    """Return the settings of the file and the environment (the process's own when None).

    The file is `config_path`, else the one PUPILTRACK_CONFIG names, else pupiltrack.toml in the
    current directory if it is there; relative paths are relative to the file's directory. Raises
    `ConfigurationError`, naming the setting, for one that is unknown, malformed or unsafe.
    """
    variables = os.environ if environ is None else environ
    named = config_path or (Path(variables[_CONFIG]) if variables.get(_CONFIG) else None)
    path = named or Path(CONFIG_NAME)
    values: dict[str, object] = {}
    base = Path.cwd()
    if named is not None or path.exists():
        values.update(_read_file(path))
        base = path.resolve().parent
    values.update(_read_variables(variables))
    checked = {name: _CHECKS[name](name, value) for name, value in values.items()}
    settings = Settings(**checked)  # type: ignore[arg-type]  # as _CHECKS makes each
    _check_together(settings)
    return _with_absolute_paths(settings, base, default_notebooks="notebooks_dir" not in checked)


def load_page_opening(environ: Mapping[str, str] | None = None) -> PageOpening:
    """Return what the server told this page's kernel.

    Raises `ConfigurationError` where the page was not opened through the portal.
    """
    variables = os.environ if environ is None else environ
    page, ticket = variables.get(_PAGE), variables.get(_PAGE_TICKET)
    if not page or not ticket:
        raise ConfigurationError(
            "This page was not opened through the portal. Start the portal and open the page there."
        )
    return PageOpening(page=page, ticket=ticket, query=variables.get("QUERY_STRING", ""))


def page_environment(*, page: str, ticket: str) -> dict[str, str]:
    """Return the two variables from which `load_page_opening` reads; Voila sets QUERY_STRING."""
    return {_PAGE: page, _PAGE_TICKET: ticket}


def load_secret(path: Path) -> bytes:
    """Return the server's secret, at least 32 bytes; create it at first use, readable by us alone.

    Raises `ConfigurationError` for a file that is short, unreadable or open to other accounts.
    """
    try:
        if not path.exists():
            _create_secret(path)
        mode = path.stat().st_mode
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"The secret file {path} cannot be used: {error}.") from error
    if mode & 0o077:
        raise ConfigurationError(
            f"The secret file {path} can be read by other accounts. Run: chmod 600 {path}"
        )
    if len(secret) < _SECRET_BYTES:
        raise ConfigurationError(
            f"The secret file {path} is shorter than {_SECRET_BYTES} bytes. Remove it to have a "
            "new one made; everyone then signs in again."
        )
    return secret


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Return a 32-byte key for one purpose, so that no two uses of the secret share a key."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()


def _create_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
        # A link appears whole or not at all, and never replaces the file another process made.
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _read_file(path: Path) -> dict[str, object]:
    try:
        values: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"The settings file {path} cannot be read: {error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The settings file {path} is not TOML: {error}.") from error
    for name in values:
        _require_known(name, f"{path}")
    return values


def _read_variables(variables: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, value in variables.items():
        if not variable.startswith(PREFIX) or variable in _OTHER_VARIABLES:
            continue
        name = variable.removeprefix(PREFIX).lower()
        _require_known(name, f"the environment ({variable})")
        values[name] = value
    return values


def _require_known(name: str, where: str) -> None:
    if name not in _CHECKS:
        raise ConfigurationError(
            f"There is no setting {name!r}, found in {where}. Settings are: "
            f"{', '.join(sorted(_CHECKS))}."
        )


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"Setting {name} must be a text that is not empty.")
    return value.strip()


def _path(name: str, value: object) -> Path:
    return Path(_text(name, value)).expanduser()


def _yes_or_no(name: str, value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    known = words.get(str(value).strip().lower())
    if known is None:
        raise ConfigurationError(f"Setting {name} must be true or false.")
    return known


def _public_url(name: str, value: object) -> str:
    text = _text(name, value).rstrip("/")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ConfigurationError(
            f"Setting {name} must be the portal's address without a path, "
            "like https://assessment.example.sch.uk."
        )
    return text


def _one_of(choices: type[StrEnum]) -> Callable[[str, object], StrEnum]:
    def check(name: str, value: object) -> StrEnum:
        try:
            return choices(_text(name, value).lower())
        except ValueError as error:
            known = " or ".join(choices)
            raise ConfigurationError(f"Setting {name} must be {known}.") from error

    return check


def _whole_number(lowest: int, highest: int) -> Callable[[str, object], int]:
    def check(name: str, value: object) -> int:
        text = str(value).strip()
        number = int(text) if text.isascii() and text.isdigit() else None
        if number is None or not lowest <= number <= highest:
            raise ConfigurationError(
                f"Setting {name} must be a whole number from {lowest} to {highest}."
            )
        return number

    return check


def _age_keys(name: str, value: object) -> tuple[str, ...]:
    keys = value if isinstance(value, list) else _text(name, value).replace(",", " ").split()
    for key in keys:
        if not isinstance(key, str) or not _AGE_KEY.fullmatch(key):
            raise ConfigurationError(
                f"Setting {name} must be one or more public keys, which begin with age1. "
                "`pupiltrack backup new-key FILE` makes one and prints it."
            )
    return tuple(keys)


_CHECKS: dict[str, Callable[[str, object], object]] = {
    "database_url": _text,
    "host": _text,
    "port": _whole_number(0, 65535),
    "public_url": _public_url,
    "behind_proxy": _yes_or_no,
    "secret_file": _path,
    "idle_minutes": _whole_number(1, 60),
    "session_hours": _whole_number(1, 24),
    "single_device": _yes_or_no,
    "password_hashing": _one_of(PasswordHashing),
    "sign_in_profile": _one_of(SignInProfile),
    "second_step": _one_of(SecondStepRule),
    "guessed_names": _whole_number(5, 100_000),
    "smtp_host": _text,
    "smtp_port": _whole_number(1, 65535),
    "smtp_security": _one_of(MailSecurity),
    "smtp_user": _text,
    "smtp_password_file": _path,
    "mail_from": _text,
    "mail_spool": _path,
    "backup_folder": _path,
    "backup_recipients": _age_keys,
    "backup_days": _whole_number(1, 3650),
    "backup_database_url": _text,
    "batch_folder": _path,
    "page_log": _path,
    "notebooks_dir": _path,
    "max_kernels": _whole_number(1, 2000),
    "kernel_memory_mb": _whole_number(512, 65536),
    "min_free_memory_mb": _whole_number(0, 1024 * 1024),
}
SETTING_NAMES = tuple(item.name for item in fields(Settings))


def _check_together(settings: Settings) -> None:
    if settings.session_hours * 60 < _SPANS_IN_A_SESSION * settings.idle_minutes:
        raise ConfigurationError(
            "Setting session_hours must leave room for ten extensions (WCAG 2.2.1): at least "
            f"{_SPANS_IN_A_SESSION} times idle_minutes."
        )
    if settings.password_hashing is PasswordHashing.FLOOR and settings.secure_cookies:
        raise ConfigurationError(
            "Setting password_hashing is floor, which is for tests and demonstration, but "
            "public_url is an https address that real people use. Leave it out or say hardened."
        )
    if settings.second_step is SecondStepRule.OPTIONAL and settings.secure_cookies:
        raise ConfigurationError(
            "Setting second_step is optional, which is for tests and demonstration, but public_url "
            "is an https address that real people use. Leave it out or say required."
        )
    _check_proxy(settings)
    _check_reach(settings)
    _check_mail(settings)


def _check_mail(settings: Settings) -> None:
    if settings.smtp_host is None:
        return
    if settings.smtp_security is MailSecurity.NONE and settings.smtp_user is not None:
        raise ConfigurationError(
            "Setting smtp_security is none, so the mail server's password would be readable on the "
            "way. Say starttls or tls, or leave out smtp_user."
        )
    if (settings.smtp_user is None) != (settings.smtp_password_file is None):
        raise ConfigurationError(
            "Settings smtp_user and smtp_password_file belong together. Give both or neither."
        )


def _check_proxy(settings: Settings) -> None:
    if settings.secure_cookies and not settings.behind_proxy:
        raise ConfigurationError(
            "Setting public_url is an https address, which a proxy serves, but behind_proxy is not "
            "true. Everyone would seem to come from the proxy, and too many wrong passwords of one "
            "would close sign-in for all. Set behind_proxy = true, behind a proxy that sets or "
            "extends X-Forwarded-For."
        )


def _check_reach(settings: Settings) -> None:
    if settings.secure_cookies:
        return
    way_out = (
        "Put a proxy that serves TLS in front, with public_url its https address and "
        "behind_proxy = true."
    )
    if not _is_this_machine(settings.host):
        raise ConfigurationError(
            f"Setting host is {settings.host}, so the portal could be reached from other machines, "
            "and passwords and marks would cross the network in the open. Leave it out. "
            f"{way_out}"
        )
    name = urlsplit(settings.public_url or "").hostname
    if name is not None and not _is_this_machine(name):
        raise ConfigurationError(
            "Setting public_url is an http address, so passwords and marks would cross the network "
            f"in the open. {way_out}"
        )


def _is_this_machine(host: str) -> bool:
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _with_absolute_paths(settings: Settings, base: Path, *, default_notebooks: bool) -> Settings:
    values = {name: getattr(settings, name) for name in SETTING_NAMES}
    values["secret_file"] = base / settings.secret_file
    values["page_log"] = base / settings.page_log
    values["mail_spool"] = base / settings.mail_spool
    values["batch_folder"] = base / settings.batch_folder
    values["backup_folder"] = base / settings.backup_folder
    if settings.smtp_password_file is not None:
        values["smtp_password_file"] = base / settings.smtp_password_file
    values["notebooks_dir"] = (
        _shipped_notebooks() if default_notebooks else base / settings.notebooks_dir
    )
    values["database_url"] = _absolute_sqlite(settings.database_url, base)
    return Settings(**values)


def _shipped_notebooks() -> Path:
    """The pages beside a source checkout's packages, else those the wheel installed."""
    checkout = Path(__file__).resolve().parents[1] / "notebooks"
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share/pupiltrack/notebooks"


def _absolute_sqlite(url: str, base: Path) -> str:
    # Kernels run in a directory of their own, where a relative file would be another one.
    scheme, separator, file = url.partition(":///")
    if not scheme.startswith("sqlite") or not separator or file in ("", ":memory:"):
        return url
    return f"{scheme}:///{base / file}"
