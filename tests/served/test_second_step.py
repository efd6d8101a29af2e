"""The second step through the real server: set up, answered, and done by passkey in Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.accessibility import faults_of
from tests.served.client import PASSWORD, Browser
from tests.served.conftest import Portal

pytestmark = [pytest.mark.served]

CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
}
PATIENCE = 30_000
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def strict_portal(start_portal: Callable[..., Portal]) -> Portal:
    """A server that asks everyone for a second step, as it does of itself."""
    return start_portal(second_step="required")


def typed_back(text: str, code: str) -> dict[str, str]:
    """The two digits the page asks for."""
    places = re.findall(r'for="(?:first|second)_digit">Digit (\d)<', text)
    return {
        name: code[int(place) - 1]
        for name, place in zip(("first_digit", "second_digit"), places, strict=True)
    }


def app_in(page: str) -> pyotp.TOTP:
    """The app whose letters the page shows."""
    found = re.search(r'class="pt-secret">([A-Z2-7 ]+)<', page)
    assert found
    return pyotp.TOTP(found.group(1).replace(" ", ""))


def masked(browser: Browser, text: str, name: str) -> str:
    """The page without what differs between browsers and names."""
    hidden = text.replace(browser.cookies["_xsrf"], "TOKEN").replace(f'value="{name}"', "NAME")
    return re.sub(r"[Dd]igits? \d( and \d)?", "DIGIT", hidden)


def test_second_step_set_up_at_the_first_sign_in_and_answered_at_the_next(
    strict_portal: Portal,
) -> None:
    first = strict_portal.browser()
    answer = first.sign_in("teacher", next="/pupils")
    assert (answer.status, answer["Location"]) == (303, "/second-step/set-up?next=%2Fpupils")
    half_done = first.cookies["pupiltrack_session"]
    assert first.get("/home").status == 302
    page = first.get("/second-step/set-up?next=/pupils").text
    found = re.search(r"Your code: ([\d ]+)<", page)
    assert found
    code = found.group(1).replace(" ", "")
    wrong = {name: str((int(d) + 1) % 10) for name, d in typed_back(page, code).items()}
    refused = first.post("/second-step/set-up", {"method": "digits", **wrong})
    assert refused.status == 422
    assert found.group(0) in refused.text  # the same code, still on offer
    done = first.post(
        "/second-step/set-up",
        {"method": "digits", "next": "/pupils", **typed_back(page, code)},
    )
    assert (done.status, done["Location"]) == (303, "/pupils")
    assert first.cookies["pupiltrack_session"] != half_done
    assert first.get("/api/session").status == 200

    second = strict_portal.browser()
    assert second.sign_in("teacher")["Location"] == "/second-step?next=%2Fhome"
    shown = second.get("/second-step?next=/home").text
    assert second.post("/second-step", typed_back(shown, code)).status == 303
    assert second.get("/api/session").status == 200
    assert first.get("/api/session").status == 401  # the newest sign-in wins


def test_second_step_answers_alike_whatever_is_wrong(strict_portal: Portal) -> None:
    seen = set()
    for name, password in (
        ("data_manager", "a wrong password"),
        ("nobody.here", PASSWORD),
        ("nobody.at.all", "a wrong password"),
    ):
        browser = strict_portal.browser()
        asked = browser.sign_in(name, password)
        page = browser.get("/second-step?next=/home").text
        places = re.findall(r"Digits (\d and \d)", page)
        again = strict_portal.browser()
        again.sign_in(name, password)
        assert re.findall(r"Digits (\d and \d)", again.get("/second-step").text) == places
        refused = browser.post("/second-step", {"first_digit": "1", "second_digit": "2"})
        login = browser.get("/login")
        seen.add(
            (
                asked.status,
                asked["Location"],
                masked(browser, page, name),
                refused.status,
                masked(browser, refused.text, name),
                masked(browser, login.text, name),
            )
        )
    assert len(seen) == 1


def test_second_step_of_local_authority_staff_is_no_code_of_digits(strict_portal: Portal) -> None:
    earlier, browser = strict_portal.browser(), strict_portal.browser()
    earlier.sign_in("la_admin")
    old = app_in(earlier.get("/second-step/set-up").text)
    browser.sign_in("la_admin")
    # The newer sign-in has ended the earlier one, which may not add a step any more.
    over = earlier.post("/second-step/set-up", {"method": "app", "app_code": old.now()})
    assert "You have not finished signing in" in over.text
    assert "pupiltrack_session" not in earlier.cookies
    page = browser.get("/second-step/set-up").text
    assert "Your code:" not in page
    forged = browser.post(
        "/second-step/set-up", {"method": "digits", "first_digit": "1", "second_digit": "2"}
    )
    assert forged.status == 404
    app = app_in(page)
    assert browser.post("/second-step/set-up", {"method": "app", "app_code": "1"}).status == 422
    done = browser.post("/second-step/set-up", {"method": "app", "app_code": app.now()})
    assert done.status == 303
    assert browser.get("/api/session").status == 200


@pytest.mark.browser
def test_passkey_is_made_and_signs_in_without_name_password_or_digits(
    strict_portal: Portal,
) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        context = chromium.new_context(base_url=f"http://localhost:{strict_portal.port}")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        device = context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        page.goto("/login")
        page.get_by_label("User name").fill("head")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_label("A name for this device").fill("The office computer")
        require_sound(page)
        page.get_by_role("button", name="Make a passkey").click()
        page.wait_for_url("**/home")
        sign_out(page)
        require_sound(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/home")
        sign_out(page)
        # A device that does not know its user: nobody is let in, and the page says what to do.
        device.send("WebAuthn.disable")
        device.send("WebAuthn.enable")
        unverified = {**AUTHENTICATOR, "isUserVerified": False}
        device.send("WebAuthn.addVirtualAuthenticator", {"options": unverified})
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_text("No passkey was used")).to_be_visible()
        chromium.close()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You have signed out")).to_be_visible()


def require_sound(page: Page) -> None:
    assert faults_of(page) == []


@pytest.mark.parametrize(
    "passkey", ["", "{}", "[]", "nonsense", '{"id": 1, "response": {}}', '"a"', "9" * 5000]
)
def test_passkey_answer_of_nonsense_is_refused_like_a_password(
    strict_portal: Portal, passkey: str
) -> None:
    browser = strict_portal.browser()
    browser.get("/login")
    answer = browser.post("/login/passkey", {"passkey": passkey})
    assert answer.status == 403
    assert "You were not signed in." in answer.text


def test_second_step_pages_send_everyone_else_to_the_start(strict_portal: Portal) -> None:
    for address in ("/second-step", "/second-step/set-up"):
        answer = strict_portal.browser().get(f"{address}?next=/pupils")
        assert (answer.status, answer["Location"]) == (302, "/login?next=%2Fpupils")
