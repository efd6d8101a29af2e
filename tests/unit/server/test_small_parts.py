"""Attachments, hosts, log lines, the kernel's environment, and shown errors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.errors import AccessDenied, InvalidEntry, StorageUnavailable, TooManyAttempts
from pupiltrack_core.settings import Settings
from pupiltrack_portal.server.download_handler import attachment
from pupiltrack_portal.server.errors_shown import BUSY, PortalHTTPError, shown_error
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.hosts import is_known_host
from pupiltrack_portal.server.kernel_environment import kernel_environment
from pupiltrack_portal.server.request_log import loggable_path

KERNEL = "01234567-89ab-cdef-0123-456789abcdef"


def test_attachment_gives_both_names() -> None:
    assert attachment("Année 4.xlsx") == (
        "attachment; filename=\"Ann_e 4.xlsx\"; filename*=UTF-8''Ann%C3%A9e%204.xlsx"
    )


@given(st.text())
def test_attachment_no_name_breaks_out(name: str) -> None:
    line = attachment(name)
    assert line.isascii()
    assert line.isprintable()
    assert line.count('"') == 2
    inside = unquote(line.rpartition("''")[2])
    assert inside
    assert not set(inside) & set('\\/:*?"<>|')


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(("localhost:8866", True), ("127.0.0.1", True), ("[::1]:8866", True), ("10.1.2.3", True)),
        *(("example.org", False), ("localhost.example.org", False), ("", False), ("[", False)),
        ("portal.localhost", True),
    ],
)
def test_is_known_host_without_public_url(host: str, expected: bool) -> None:
    assert is_known_host(host, Settings()) is expected


def test_is_known_host_with_public_url_is_that_one() -> None:
    settings = Settings(public_url="https://portal.example.sch.uk")
    assert is_known_host("portal.example.sch.uk", settings)
    assert is_known_host("PORTAL.example.sch.uk:443", settings)
    assert not is_known_host("localhost", settings)


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/home", "/home"),
        ("/download/abcdefghijklmnop", "/download/..."),
        ("/choose-password/abcdefghijklmnop", "/choose-password/..."),
        ("/register/confirm/abcdefghijklmnop", "/register/confirm/..."),
        ("/account/address/abcdefghijklmnop", "/account/address/..."),
        ("/account/password", "/account/password"),
        (f"/api/kernels/{KERNEL}/channels", "/api/kernels/01234567/channels"),
        ("/a\nb é", "/a?b??"),
    ],
)
def test_loggable_path(path: str, logged: str) -> None:
    assert loggable_path(path) == logged


def test_kernel_environment_is_chosen_by_name() -> None:
    made = kernel_environment(
        {"PATH": "/bin", "AWS_SECRET": "x", "PUPILTRACK_SECRET_FILE": "y", "LC_ALL": "C.UTF-8"},
        settings={"PUPILTRACK_DATABASE_URL": "sqlite:///x"},
        page={"PUPILTRACK_PAGE": "home", "PUPILTRACK_PAGE_TICKET": "t"},
        query="a=1" * 5000,
    )
    assert made["PATH"] == "/bin"
    assert made["LC_ALL"] == "C.UTF-8"
    assert made["PUPILTRACK_PAGE"] == "home"
    assert len(made["QUERY_STRING"]) == 2000
    assert "AWS_SECRET" not in made
    assert "PUPILTRACK_SECRET_FILE" not in made


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (AccessDenied("Ask your head."), 403, "Ask your head."),
        (StorageUnavailable("Try again."), 503, "Try again."),
        (TooManyAttempts("Wait.", retry_after=60), 429, "Wait."),
        (InvalidEntry("Not a mark.", field="x"), 400, "Not a mark."),
    ],
)
def test_shown_error_of_ours_keeps_its_text(error: Exception, status: int, text: str) -> None:
    shown = shown_error(500, error)
    assert (shown.status, shown.text) == (status, text)


@pytest.mark.parametrize("error", [None, ValueError("Ada Lovelace"), KeyError("A123456789012")])
def test_shown_error_of_others_shows_nothing_of_it(error: Exception | None) -> None:
    shown = shown_error(500, error)
    assert shown.status == 500
    assert "Ada" not in shown.text
    assert "A123" not in shown.text


class KeptShell:
    """A shell that remembers where its error page leads."""

    def error_page(self, shown: object, **given: object) -> str:
        """Nothing to see."""
        self.address = given["address"]
        return ""


@pytest.mark.parametrize(
    ("asked", "led"), [("/home?school=1", "/home?school=1"), ("//example.org/x", "/home")]
)
def test_write_error_leads_to_pages_of_ours_only(asked: str, led: str) -> None:
    shell = KeptShell()
    handler = SimpleNamespace(
        answers_json=False,
        request=SimpleNamespace(uri=asked),
        shell=shell,
        set_status=lambda status: None,
        set_header=lambda name, value: None,
        finish=lambda text: None,
    )
    error = PortalHTTPError(BUSY)
    PortalHandler.write_error(cast(Any, handler), 503, exc_info=(type(error), error, None))
    assert shell.address == led
