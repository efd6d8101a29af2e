"""Messages leave once, wait for a mail server that is down, and are given up after a day."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.services.mail_sending import Round, send_due_mail, wait_after_try
from pupiltrack_core.services.one_use_links import LinkPurpose, find_link, new_link
from pupiltrack_core.services.post import MailServer, PostFailed, Spool, post_for, write_message
from pupiltrack_core.services.tokens import new_token
from pupiltrack_core.settings import MailSecurity, Settings
from pupiltrack_core.storage.account_models import OutgoingMail
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.outgoing_mail import Letter, add_mail
from tests.integration.services.people import START, run_all
from tests.served.conftest import free_port

LETTER = Letter("locked", "head@example.sch.uk", "Zoë's account", "Dear Zoë,\n\n.\nA line.\n")
SENDER = "PupilTrack <no-reply@example.org>"


@dataclass
class Post:
    """Takes messages, or fails as often as it is told to."""

    failures: int = 0
    taken: list[Letter] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, letter: Letter) -> None:
        with self.lock:
            if self.failures:
                self.failures -= 1
                raise PostFailed("ConnectionRefusedError")
            self.taken.append(letter)


@pytest.fixture
def queued(database: Database) -> Database:
    queue(database)
    return database


def queue(database: Database, letter: Letter = LETTER, at: datetime = START) -> None:
    with database.unit_of_work(write=True) as unit:
        add_mail(unit.session, letter, user_id=None, at=at)
        unit.commit()


def rows(database: Database) -> list[OutgoingMail]:
    with database.unit_of_work() as unit:
        return list(unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def test_send_due_mail_sends_once_and_lets_go_of_the_text(queued: Database) -> None:
    post = Post()
    assert send_due_mail(queued, post, now=START) == Round(sent=1)
    assert send_due_mail(queued, post, now=START + timedelta(days=1)) == Round()
    assert post.taken == [LETTER]
    [row] = rows(queued)
    assert (row.body, row.sent_at) == ("", START)


def test_send_due_mail_makes_the_token_of_a_link_as_it_goes(database: Database) -> None:
    with database.unit_of_work(write=True) as unit:
        draft = new_link(unit.session, LinkPurpose.PASSWORD, user_id=None, at=START)
        unit.commit()
    other = new_token()  # somebody's words that look like one
    queue(database, replace(LETTER, body=f"Dear /{other},\n\nhttps://portal.example/to/{draft}\n"))

    def opens(token: str) -> bool:
        with database.unit_of_work() as unit:
            return find_link(unit.session, token, LinkPurpose.PASSWORD, at=START) is not None

    class Lossy(Post):
        """Takes the message, and then says that it did not."""

        def send(self, letter: Letter) -> None:
            self.taken.append(letter)
            if len(self.taken) == 1:
                raise PostFailed("TimeoutError")

    post = Lossy()
    assert send_due_mail(database, post, now=START) == Round(failed=1)
    [waiting] = rows(database)
    assert draft in waiting.body
    assert send_due_mail(database, post, now=waiting.next_try_at) == Round(sent=1)
    first, second = (letter.body.split("/to/")[1].strip() for letter in post.taken)
    assert [opens(token) for token in (draft, first, second)] == [False, False, True]
    assert all(letter.body.startswith(f"Dear /{other},") for letter in post.taken)


def test_send_due_mail_by_two_servers_at_once_sends_once(database: Database) -> None:
    for _ in range(6):
        queue(database)
    post = Post()
    run_all([lambda: send_due_mail(database, post, now=START) and None for _ in range(4)])
    assert len(post.taken) == 6


def test_send_due_mail_waits_longer_after_each_failure_then_drains(queued: Database) -> None:
    post, now = Post(failures=3), START
    waits = []
    for _ in range(3):
        assert send_due_mail(queued, post, now=now) == Round(failed=1)
        [row] = rows(queued)
        waits.append(row.next_try_at - now)
        assert send_due_mail(queued, post, now=row.next_try_at - timedelta(seconds=1)) == Round()
        now = row.next_try_at
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert wait_after_try(50) == timedelta(hours=1)
    assert send_due_mail(queued, post, now=now) == Round(sent=1)


def test_send_due_mail_gives_up_after_a_day(queued: Database) -> None:
    post, late = Post(failures=9), START + timedelta(hours=24)
    assert send_due_mail(queued, post, now=late) == Round(given_up=1)
    assert send_due_mail(queued, post, now=late + timedelta(days=1)) == Round()
    [row] = rows(queued)
    assert (row.body, row.given_up_at) == ("", late)


class Inbox:
    """What a mail server does with a message: keep it, or refuse it."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.refuses = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return "451 try again later"
        self.messages.append(envelope.content)
        return "250 taken"


@pytest.fixture
def mail_server() -> Iterator[tuple[Inbox, Controller]]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield inbox, controller
    controller.stop()


def port_of(controller: Controller) -> int:
    assert controller.server is not None
    return int(controller.server.sockets[0].getsockname()[1])


def test_mail_server_takes_a_message_whole(mail_server: tuple[Inbox, Controller]) -> None:
    inbox, controller = mail_server
    post = MailServer("127.0.0.1", port_of(controller), SENDER, MailSecurity.NONE)
    post.send(LETTER)
    [raw] = inbox.messages
    message = message_from_bytes(raw, policy=default)
    assert message["To"] == "head@example.sch.uk"
    assert message["From"] == SENDER
    assert message["Subject"] == "Zoë's account"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == LETTER.body
    inbox.refuses = True
    with pytest.raises(PostFailed):
        post.send(LETTER)


def test_mail_server_that_is_down_or_speaks_no_tls_fails_without_the_address(
    mail_server: tuple[Inbox, Controller],
) -> None:
    inbox, controller = mail_server
    port = port_of(controller)
    with pytest.raises(PostFailed) as caught:
        MailServer("127.0.0.1", port, SENDER, MailSecurity.STARTTLS).send(LETTER)
    assert "example" not in str(caught.value)
    assert inbox.messages == []
    with pytest.raises(PostFailed) as caught:  # where nobody listens
        MailServer("127.0.0.1", free_port(), SENDER, MailSecurity.NONE).send(LETTER)
    assert "example" not in str(caught.value)


def test_spool_writes_a_file_for_us_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "mail", SENDER)
    spool.send(LETTER)
    spool.send(LETTER)
    files = sorted((tmp_path / "mail").iterdir())
    assert len(files) == 2
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert message_from_bytes(files[0].read_bytes(), policy=default)["Subject"] == "Zoë's account"
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(PostFailed):
        Spool(blocked, SENDER).send(LETTER)


def test_write_message_cannot_be_broken_out_of() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        write_message(
            Letter("x", "a@example.org", "Hello\nBcc: b@example.org", "Text"), sender=SENDER
        )


def test_post_for_follows_the_settings(tmp_path: Path) -> None:
    assert post_for(Settings(mail_spool=tmp_path)) == Spool(tmp_path, Settings().mail_from)
    secret = tmp_path / "password"
    secret.write_text("sentinel\n")
    secret.chmod(0o644)
    settings = Settings(smtp_host="mail.example", smtp_user="u", smtp_password_file=secret)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        post_for(settings)
    secret.chmod(0o600)
    post = post_for(settings)
    assert isinstance(post, MailServer)
    assert (post.host, post.password) == ("mail.example", "sentinel")
    assert "sentinel" not in repr(post)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        post_for(Settings(smtp_host="m", smtp_password_file=tmp_path / "none"))
