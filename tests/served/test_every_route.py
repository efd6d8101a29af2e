"""What strangers, other sites and odd spellings get from every address there is."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Page
from tests.served.conftest import Portal
from tests.served.routes_known import ROUTES, live_patterns

pytestmark = pytest.mark.served

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_every_route_is_known() -> None:
    assert live_patterns() == list(ROUTES)


@pytest.mark.parametrize("pattern", ROUTES)
def test_route_without_session_refuses(portal: Portal, pattern: str) -> None:
    for address in ROUTES[pattern].examples:
        for method in METHODS:
            answer = portal.browser().request(method, address)
            if method in ROUTES[pattern].open_to_all:
                assert answer.status == 200, (method, address)
                continue
            assert answer.status in (302, 401, 403, 404, 405), (method, address, answer.status)
            if answer.status == 302:
                assert answer["Location"].startswith("/login?next="), (method, address)
            assert "data-kernel" not in answer.text


def test_route_with_a_made_up_cookie_refuses(portal: Portal) -> None:
    for token in ("x", "a" * 43, "a" * 5000, "%00", "é"):
        browser = portal.browser()
        answer = browser.request("GET", "/home", headers={"Cookie": f"pupiltrack_session={token}"})
        assert answer.status == 302


def test_token_in_the_address_is_no_session(portal: Portal) -> None:
    token = portal.signed_in("teacher").cookies["pupiltrack_session"]
    browser = portal.browser()
    assert browser.get(f"/home?token={token}").status == 302
    assert browser.get("/api/session", Authorization=f"token {token}").status == 401


def test_every_answer_carries_the_security_headers(portal: Portal) -> None:
    browsers = (portal.browser(), portal.signed_in("la_admin"))
    for known in ROUTES.values():
        for address in known.examples:
            if address.strip("/") in set(Page):
                continue  # opened one by one below
            for browser in browsers:
                answer = browser.get(address)
                for name, value in HEADERS.items():
                    assert answer[name] == value, (address, name)
                policy = answer["Content-Security-Policy"]
                assert "frame-ancestors 'none'" in policy, address
                assert "unsafe-eval" not in policy, address
                assert "http" not in policy, address
                assert "camera=()" in answer["Permissions-Policy"]
                assert "Server" not in answer.headers
                assert answer["Cache-Control"], address


def test_page_headers_allow_evaluation_for_the_datagrid_alone(portal: Portal) -> None:
    browser = portal.signed_in("la_admin")
    for address, may_evaluate in (("/home", False), ("/schools", True)):
        answer = browser.get(address)
        policy = answer["Content-Security-Policy"]
        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert scripts == "script-src 'self'" + (" 'unsafe-eval'" if may_evaluate else "")
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "address",
    [
        "/assets/../app.py",
        "/assets/css/../../server/app.py",
        "/assets/%2e%2e/server/app.py",
        "/assets/css/%2e%2e/%2e%2e/server/app.py",
        "/assets/..%2fserver%2fapp.py",
        "/assets/css%00.css",
        "/assets/css/portal.css%00.png",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/css",
        "/assets/css/",
        "/assets/.hidden",
        "/assets/css/portal.css/",
        "/assets/\\..\\server",
        "/assets/v-0123456789ab/../../server/app.py",
        "//etc/passwd",
    ],
)
def test_assets_odd_path_is_not_found(portal: Portal, address: str) -> None:
    for browser in (portal.browser(), portal.signed_in("teacher")):
        answer = browser.get(address)
        assert answer.status in (302, 400, 404), answer.status
        assert "import " not in answer.text
        assert "root:" not in answer.text


def test_assets_are_cached_for_ever_only_under_their_version(portal: Portal) -> None:
    browser = portal.browser()
    page = browser.get("/login").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    kept = browser.get(address)
    assert kept["Cache-Control"] == "public, max-age=31536000, immutable"
    plain = browser.get("/assets/css/portal.css")
    assert plain["Cache-Control"] == "no-cache"
    assert plain.text == kept.text
    again = browser.get("/assets/css/portal.css", **{"If-None-Match": plain["Etag"]})
    assert again.status == 304
    stale = browser.get("/assets/v-0123456789ab/css/portal.css")
    assert stale["Cache-Control"] == "no-cache"


def test_host_that_is_not_ours_is_refused(portal: Portal) -> None:
    for host in ("example.org", f"example.org:{portal.port}", "", "[", "portal.example.org"):
        answer = portal.browser().request("GET", "/login", headers={"Host": host})
        assert answer.status in (400, 421), host
    assert portal.browser().request("GET", "/login", headers={"Host": "localhost"}).status == 200


def test_pages_ask_no_other_host_for_anything(portal: Portal) -> None:
    browser = portal.signed_in("la_admin")
    for address in ("/login", "/home", "/nowhere", "/assessments"):
        text = browser.get(address).text
        assert "http://" not in text
        assert "https://" not in text
        assert "<script>" not in text
        assert " onclick=" not in text


def test_large_body_is_refused(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    try:
        answer = browser.post("/api/act", {"x": "a" * 2_000_000})
    except OSError:
        return  # closed while we were still sending
    assert answer.status in (400, 413)
