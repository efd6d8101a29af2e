"""Signing in and out, through the real server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed

from tests.served.client import COOKIE, Browser
from tests.served.clock import move_last_act_back
from tests.served.conftest import Portal

pytestmark = pytest.mark.served


def without_changing_parts(browser: Browser, text: str, name: str) -> str:
    """The page without the form token and the name that was typed."""
    return text.replace(browser.cookies["_xsrf"], "TOKEN").replace(
        f'value="{name}"', 'value="NAME"'
    )


def test_sign_in_right_goes_to_the_page_asked_for(portal: Portal) -> None:
    browser = portal.browser()
    answer = browser.sign_in("teacher", next="/pupils?school=9992001")
    assert answer.status == 303
    assert answer["Location"] == "/pupils?school=9992001"
    cookie = next(c for c in answer.headers.get_all("Set-Cookie") or () if c.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/",
        "//example.org/home",
        "/\\example.org",
        "/home/../../login",
        "javascript:alert(1)",
        "/download/abc",
    ],
)
def test_sign_in_next_elsewhere_goes_home(portal: Portal, address: str) -> None:
    assert portal.browser().sign_in("teacher", next=address)["Location"] == "/home"


def test_sign_in_wrong_and_unknown_look_the_same(portal: Portal) -> None:
    answers = []
    for name in ("head", "nobody-of-this-name"):
        browser = portal.browser()
        answer = browser.sign_in(name, "not the password")
        answers.append((answer.status, without_changing_parts(browser, answer.text, name)))
        assert COOKIE not in browser.cookies
    assert answers[0] == answers[1]
    assert answers[0][0] == 403
    assert 'role="alert"' in answers[0][1]


def test_sign_in_too_often_says_how_long_to_wait(start_portal: Callable[..., Portal]) -> None:
    portal = start_portal()
    answers = [portal.browser().sign_in("la_analyst", "wrong password") for _ in range(30)]
    last = answers[-1]
    assert last.status == 429
    assert int(last["Retry-After"]) > 0
    assert 'role="alert"' in last.text
    assert portal.browser().sign_in("la_analyst").status == 429


def test_sign_in_without_the_forms_token_is_refused(portal: Portal) -> None:
    browser = portal.browser()
    fields = {"user_name": "teacher", "password": "correct horse battery"}
    assert browser.post("/login", fields, with_token=False).status == 403
    assert browser.post("/login", {**fields, "_xsrf": "a" * 43}).status == 403
    assert COOKIE not in browser.cookies


def test_sign_in_from_another_site_is_refused(portal: Portal) -> None:
    browser = portal.browser()
    browser.get("/login")
    fields = {"user_name": "teacher", "password": "correct horse battery"}
    for headers in (
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert browser.post("/login", fields, headers=headers).status == 403


def test_sign_in_gives_a_new_token_each_time(portal: Portal) -> None:
    tokens = {portal.signed_in("data_manager").cookies[COOKIE] for _ in range(2)}
    assert len(tokens) == 2
    planted = portal.browser()
    planted.cookies[COOKIE] = "planted-by-somebody-else-planted-by-somebody"
    planted.sign_in("data_manager")
    assert planted.cookies[COOKIE] != "planted-by-somebody-else-planted-by-somebody"


def test_sign_out_ends_cookie_kernel_and_socket(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    old = dict(browser.cookies)
    with browser.socket(kernel_id) as socket:
        answer = browser.post("/logout")
        assert answer.status == 303
        assert answer["Location"].startswith("/login")
        # Not the cookies: the one that makes the device known stays.
        assert answer["Clear-Site-Data"] == '"storage"'
        assert "pupiltrack_device" in browser.cookies
        assert COOKIE not in browser.cookies
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(timeout=10)
    browser.cookies = old
    assert browser.get("/api/session").status == 401
    assert browser.get("/home").status == 302
    assert browser.get(f"/api/kernels/{kernel_id}").status == 401
    other = portal.signed_in("teacher")
    assert other.get(f"/api/kernels/{kernel_id}").status == 404


def test_sign_out_by_get_or_without_token_changes_nothing(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    assert browser.get("/logout").status == 405
    assert browser.post("/logout", with_token=False).status == 403
    assert browser.post("/logout", headers={"Origin": "https://example.org"}).status == 403
    assert browser.get("/api/session").status == 200


def test_form_token_of_another_session_is_refused(portal: Portal) -> None:
    browser, other = portal.signed_in("teacher"), portal.signed_in("other")
    assert browser.post("/logout", {"_xsrf": other.cookies["_xsrf"]}).status == 403
    # Nor does planting both halves help, as it would with a plain double cookie.
    browser.cookies["_xsrf"] = "a" * 64
    assert browser.post("/logout").status == 403


def test_session_ended_elsewhere_closes_sockets_and_says_why(
    start_portal: Callable[..., Portal],
) -> None:
    portal = start_portal()  # one device at a time
    browser = portal.signed_in("teacher")
    kernel_id = browser.get("/home").kernel_id
    with browser.socket(kernel_id) as socket:
        portal.signed_in("teacher")
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(timeout=15)
    assert browser.get("/api/session").status == 401
    assert "another device" in browser.get("/login").text
    assert COOKIE not in browser.cookies


def test_session_polling_leaves_the_idle_clock_and_acts_move_it(portal: Portal) -> None:
    browser = portal.signed_in("head")
    move_last_act_back(portal.database, browser.cookies[COOKIE], minutes=10)
    before = browser.get("/api/session").json["idle_seconds"]
    again = browser.get("/api/session").json["idle_seconds"]
    assert again <= before <= 50 * 60
    assert browser.post("/api/act", with_token=False).status == 403
    after = browser.post(
        "/api/act", with_token=False, headers={"X-XSRFToken": browser.cookies["_xsrf"]}
    )
    assert after.status == 200
    assert after.json["idle_seconds"] > 50 * 60


def test_sign_in_behind_a_proxy_counts_its_clients_apart(
    start_portal: Callable[..., Portal],
) -> None:
    portal = start_portal(behind_proxy="yes")

    def try_from(address: str, number: int) -> int:
        browser = portal.browser()
        browser.get("/login")
        # Of fewer names than raise the alarm of guessing at many.
        fields = {"user_name": f"nobody{number % 40}", "password": "wrong password"}
        invented = {"X-Forwarded-For": f"203.0.113.{number}, {address}", "X-Real-Ip": "192.0.2.99"}
        return browser.post("/login", fields, headers=invented).status

    assert [try_from("192.0.2.7", number) for number in range(105)][-1] == 429
    assert try_from("192.0.2.8", 1) == 403
