"""Registering in a browser: the work is done before the form is sent, and nobody else is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import select

from pupiltrack_core.services.one_use_links import LinkPurpose, new_link, put_tokens_in
from pupiltrack_core.storage.account_models import Registration
from tests.served.conftest import Portal
from tests.served.test_second_step import CHROMIUM, PATIENCE, require_sound

pytestmark = [pytest.mark.served, pytest.mark.browser]
PASSWORD = "blue tractor window"


def link_of_request(portal: Portal) -> str:
    """Return a link as the message holds it, whose text may have been sent and removed."""
    with portal.database.unit_of_work(write=True) as unit:
        request = unit.session.scalar(select(Registration))
        assert request is not None
        assert request.email_confirmed_at is None
        draft = new_link(
            unit.session,
            LinkPurpose.REGISTRATION,
            user_id=request.user_id,
            at=datetime.now(UTC),
        )
        link = put_tokens_in(unit.session, f"/register/confirm/{draft}")
        unit.commit()
    return link


def test_register_in_a_browser_by_keyboard(empty_portal: Portal) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        context = chromium.new_context(base_url=f"http://127.0.0.1:{empty_portal.port}")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        page.goto("/login")
        page.get_by_role("link", name="Register your school").click()
        page.get_by_label("School name or LAESTAB number").fill("lane marsh")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Marsh Lane Primary School").click()
        page.get_by_label("Your name").fill("<b>Helen</b> Marsh")
        page.get_by_label("E-mail address").fill("head@marshlane.example")
        expect(page.get_by_label("User name")).to_have_value("Marsh Lane Primary School Head")
        for label in ("Password", "Password again"):
            page.get_by_label(label, exact=True).fill("MarshLane2026")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("names of your school")
        expect(page.get_by_label("Password", exact=True)).to_be_focused()
        require_sound(page)
        for label in ("Password", "Password again"):
            page.get_by_label(label, exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Look at your e-mail")).to_be_visible()
        page.goto(link_of_request(empty_portal))
        require_sound(page)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("as head of Marsh Lane")
        assert asked == {f"127.0.0.1:{empty_portal.port}"}  # statement 13
        chromium.close()
