"""The portal behind the project's own nginx site, as people reach it: TLS, sockets, headers."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from pupiltrack_core.services.rate_limits import attempt_keys
from pupiltrack_core.services.sign_in_policy import policy_for_server
from pupiltrack_core.settings import Settings
from pupiltrack_core.storage.models import SignInAttempt
from tests.served.client import Answer, Browser, message, read_message
from tests.served.conftest import Portal, free_port
from tests.served.nginx_front import CLIENT, NAME, Front, running_nginx
from tests.served.processes import until

pytestmark = pytest.mark.served
ONCE = (
    "Strict-Transport-Security",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cache-Control",
)


@dataclass(frozen=True)
class Site:
    """A portal and nginx in front of it."""

    front: Front
    portal: Portal
    secret_file: Path


@pytest.fixture(scope="module")
def site(
    start_portal: Callable[..., Portal], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Served as for real people: https, every sign-in in two steps, dear hashes."""
    https_port, http_port = free_port(), free_port()
    secret_file = tmp_path_factory.mktemp("secret") / "secret"
    portal = start_portal(
        public_url=f"https://{NAME}:{https_port}",
        behind_proxy="yes",
        second_step="required",
        password_hashing="hardened",
        secret_file=secret_file,
    )
    with running_nginx(
        tmp_path_factory.mktemp("nginx"),
        portal_port=portal.port,
        https_port=https_port,
        http_port=http_port,
    ) as front:
        yield Site(front, portal, secret_file)


def digits_of(page: str) -> dict[str, str]:
    """What is typed back of the five digits that a page shows once."""
    found = re.search(r"Your code: ([\d ]+)<", page)
    assert found, page
    code = found.group(1).replace(" ", "")
    places = re.findall(r'for="(?:first|second)_digit">Digit (\d)<', page)
    return {
        name: code[int(place) - 1]
        for name, place in zip(("first_digit", "second_digit"), places, strict=True)
    }


def signed_in(site: Site, user_name: str) -> tuple[Browser, Answer]:
    """A browser outside in which somebody has just set up a second step; the last answer."""
    browser = site.front.browser()
    assert browser.sign_in(user_name).status == 303
    page = browser.get("/second-step/set-up?next=/home").text
    done = browser.post(
        "/second-step/set-up", {"method": "digits", "next": "/home", **digits_of(page)}
    )
    assert done.status == 303
    return browser, done


def assert_headers_once(answer: Answer) -> None:
    for name in ONCE:
        assert len(answer.headers.get_all(name) or ()) == 1, name


def test_behind_nginx_a_page_opens_and_its_socket_answers(site: Site) -> None:
    browser, done = signed_in(site, "teacher")
    cookie = next(
        line for line in done.headers.get_all("Set-Cookie") or () if "pupiltrack_session" in line
    )
    assert cookie.startswith("__Host-pupiltrack_session=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite="):
        assert part in cookie
    assert "Domain" not in cookie
    page = browser.get("/home")
    assert page.status == 200
    assert_headers_once(page)
    assert page["Strict-Transport-Security"].startswith("max-age=31536000")
    assert page["Server"] == "nginx"  # and no version
    with browser.outside_socket(page.kernel_id) as socket:  # type: ignore[attr-defined]
        socket.send(message("comm_info_request", {"target_name": "jupyter.widget"}))
        kinds: list[str] = []
        while "comm_info_reply" not in kinds:
            kinds.append(read_message(socket.recv(timeout=40))[0])


def test_behind_nginx_the_clients_address_is_its_own_whatever_it_says(site: Site) -> None:
    browser = site.front.browser()
    page = browser.get("/login").text
    token = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert token
    said = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"}
    browser.post(
        "/login",
        {"user_name": "nobody.here", "password": "wrong", "_xsrf": token.group(1)},
        headers=said,
    )
    keys = attempt_keys(
        user_name="nobody.here",
        address=CLIENT,
        policy=policy_for_server(Settings(secret_file=site.secret_file)),
    )
    with site.portal.database.unit_of_work() as unit:
        addresses = unit.session.scalars(
            select(SignInAttempt.address_hash).where(SignInAttempt.name_hash == keys.name_hash)
        ).all()
    assert addresses == [keys.address_hash]


def test_behind_nginx_a_form_that_is_too_large_is_refused_with_every_header(site: Site) -> None:
    answer = site.front.browser().post("/login", {"user_name": "x" * 70_000})
    assert answer.status == 413
    for name in ONCE[:-1]:  # nginx's own answer, which nobody stores
        assert len(answer.headers.get_all(name) or ()) == 1, name
    assert_headers_once(site.front.browser().get("/nowhere"))


def test_behind_nginx_plain_http_leads_to_https_and_other_names_to_nothing(site: Site) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", site.front.http_port, timeout=20)
    plain.request("GET", "/download/anything", headers={"Host": "evil.example"})
    answer = plain.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/")
    plain.close()
    trust = site.front.trust()
    other = http.client.HTTPSConnection("127.0.0.1", site.front.https_port, context=trust)
    with pytest.raises(ssl.SSLError):
        other.request("GET", "/login")
    other.close()


@pytest.mark.parametrize(
    "path",
    [
        "/download/{}",
        "/choose-password/{}",
        "/register/confirm/{}",
        "/account/address/{}",
        "/login?next={}",
    ],
)
def test_behind_nginx_what_opens_something_is_in_no_log(site: Site, path: str) -> None:
    secret = f"sentinel{abs(hash(path))}sentinelsentinelsentinelsentin"
    site.front.browser().get(path.format(secret))
    asked = f'"GET {path.partition("{")[0].partition("?")[0]}'
    until(lambda: asked in site.front.log, f"{asked} in nginx's log")
    assert secret not in site.front.log
    assert secret not in site.portal.log


def test_behind_nginx_a_portal_that_is_not_there_is_said_in_a_sentence(
    tmp_path: Path,
) -> None:
    with running_nginx(
        tmp_path, portal_port=free_port(), https_port=free_port(), http_port=free_port()
    ) as front:
        answer = front.browser().get("/home")
    assert answer.status == 503
    assert "What you had saved is kept" in answer.text
    for name in ONCE[:-1]:
        assert len(answer.headers.get_all(name) or ()) == 1, name
