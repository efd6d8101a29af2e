"""How a message leaves: through a mail server, or into a folder where there is none."""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.services.sign_in_policy import Clock, utc_now
from pupiltrack_core.settings import MailSecurity, Settings
from pupiltrack_core.storage.outgoing_mail import Letter

SECONDS_TO_ANSWER = 30


class PostFailed(Exception):
    """The message did not leave; it is tried again."""


class Post(Protocol):
    """Whatever takes messages."""

    def send(self, letter: Letter) -> None:
        """Hand the message over. Raises `PostFailed` when it could not be."""


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder with a file a message, for a portal without a mail server and for tests."""

    folder: Path
    sender: str
    clock: Clock = utc_now

    def send(self, letter: Letter) -> None:
        """Write the message into a file of its own, readable by us alone."""
        message = write_message(letter, sender=self.sender, clock=self.clock)
        name = f"{self.clock():%Y%m%dT%H%M%S%f}-{letter.kind.replace(' ', '-')}.eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(message.as_bytes())
        except OSError as error:
            raise PostFailed(type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server that takes messages over SMTP."""

    host: str
    port: int
    sender: str
    security: MailSecurity
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    clock: Clock = utc_now

    def send(self, letter: Letter) -> None:
        """Hand one message over; the connection is opened for it alone."""
        message = write_message(letter, sender=self.sender, clock=self.clock)
        try:
            with self._connect() as server:
                if self.security is MailSecurity.STARTTLS:
                    server.starttls(context=ssl.create_default_context())
                if self.user and self.password:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            # Its text may hold the address.
            raise PostFailed(type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        if self.security is MailSecurity.TLS:
            return smtplib.SMTP_SSL(
                self.host,
                self.port,
                timeout=SECONDS_TO_ANSWER,
                context=ssl.create_default_context(),
            )
        return smtplib.SMTP(self.host, self.port, timeout=SECONDS_TO_ANSWER)


def post_for(settings: Settings) -> Post:
    """Return where the settings send messages.

    Raises `ConfigurationError` for a password file that is missing or open to others.
    """
    if settings.smtp_host is None:
        return Spool(settings.mail_spool, settings.mail_from)
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=_read_password(settings.smtp_password_file),
    )


def write_message(letter: Letter, *, sender: str, clock: Clock = utc_now) -> EmailMessage:
    """Return the message in plain text; a header cannot be broken out of by what stands in it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.address
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(clock())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">") or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def _read_password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(
                f"The mail server's password file {path} can be read by other accounts. "
                f"Run: chmod 600 {path}"
            )
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"The mail server's password file {path} cannot be read: {error.strerror}."
        ) from error
