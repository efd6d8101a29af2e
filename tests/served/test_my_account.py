"""My account through the real server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from pupiltrack_core.storage.models import UserSession
from tests.served.client import PASSWORD
from tests.served.conftest import Portal

pytestmark = pytest.mark.served
NEW_PASSWORD = "green river lantern"


def test_account_password_changed_signs_in_the_new_way_alone(portal: Portal) -> None:
    browser, elsewhere = portal.signed_in("la_analyst"), portal.signed_in("la_analyst")
    page = browser.get("/account")
    assert page.status == 200
    assert "&lt;b&gt;la_analyst&lt;/b&gt; O&#39;Neill" in page.text
    wrong = browser.post(
        "/account/password", {"current_password": "wrong", "new_password": NEW_PASSWORD}
    )
    assert wrong.status == 422
    assert "not your present password" in wrong.text
    assert NEW_PASSWORD not in wrong.text
    done = browser.post(
        "/account/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    )
    assert (done.status, done["Location"]) == (303, "/account?done=password")
    assert "signed out everywhere else" in browser.get("/account?done=password").text
    assert elsewhere.get("/account").status == 302
    fresh = portal.browser()
    assert fresh.sign_in("la_analyst").status == 403
    assert fresh.sign_in("la_analyst", NEW_PASSWORD).status == 303


def test_account_second_steps_by_role(portal: Portal) -> None:
    teacher, adviser = portal.signed_in("teacher"), portal.signed_in("la_adviser")
    assert "Your code:" in teacher.get("/account").text
    assert "Your code:" not in adviser.get("/account").text
    forged = adviser.post(
        "/account/digits",
        {"current_password": PASSWORD, "first_digit": "1", "second_digit": "2"},
    )
    assert forged.status == 404


def test_account_device_of_this_browser_is_listed_and_forgotten(portal: Portal) -> None:
    browser = portal.signed_in("data_manager")
    found = re.search(r'name="device_id" value="(\d+)"', browser.get("/account").text)
    assert found
    stranger = portal.signed_in("head").post("/account/forget-device", {"device_id": found[1]})
    assert stranger.status == 422
    done = browser.post("/account/forget-device", {"device_id": found[1]})
    assert done["Location"] == "/account?done=device"
    assert f'value="{found[1]}"' not in browser.get("/account").text


def test_account_changes_need_the_forms_own_token(portal: Portal) -> None:
    browser = portal.signed_in("other")
    answer = browser.post("/account/end-sessions", {"_xsrf": "x"}, with_token=False)
    assert answer.status == 403


def test_renew_lets_the_session_begin_anew_and_leaves_it_the_same(portal: Portal) -> None:
    browser = portal.signed_in("head")
    session = browser.cookies["pupiltrack_session"]
    with portal.database.unit_of_work(write=True) as unit:
        newest = unit.session.query(UserSession).order_by(UserSession.id.desc()).first()
        assert newest is not None
        newest.expires_at = datetime.now(UTC) + timedelta(minutes=4)
        unit.commit()
    assert browser.get("/api/session").json["overall_seconds"] <= 240
    assert "your other pages stay open" in browser.get("/renew").text
    assert browser.post("/renew", {"password": "a wrong password"}).status == 422
    assert "You may go on working" in browser.post("/renew", {"password": PASSWORD}).text
    assert browser.get("/api/session").json["overall_seconds"] > 11 * 3600
    assert browser.cookies["pupiltrack_session"] == session


def test_account_link_that_no_longer_works_says_what_to_do(portal: Portal) -> None:
    browser = portal.browser()
    address = f"/account/address/{'a' * 43}"
    assert "Press the button" in browser.get(address).text
    answer = browser.post(address)
    assert answer.status == 404
    assert "no longer works" in answer.text
