"""The served portal in a real browser: how it opens, breaks, warns and looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from pupiltrack_core.services import downloads
from pupiltrack_core.services.accounts import revoke_sessions, session_for_token
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.sign_in_attempts import add_attempt, remove_attempts
from pupiltrack_core.storage.spent_challenges import count_spent
from tests.accessibility import faults_of
from tests.served.client import COOKIE, PASSWORD
from tests.served.clock import move_last_act_back
from tests.served.conftest import Portal

pytestmark = [pytest.mark.served, pytest.mark.browser]

CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
}
WIDTHS = [1280, 1024, 768, 320]
LOOK_NOW = "document.dispatchEvent(new Event('visibilitychange'))"
PATIENCE = 30_000  # ms; only how long to wait before giving up


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for this file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, portal: Portal) -> Iterator[BrowserContext]:
    """A fresh profile that knows where the portal is."""
    context = chromium.new_context(base_url=f"http://127.0.0.1:{portal.port}")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def sign_in(context: BrowserContext, user_name: str = "head", address: str = "/home") -> Page:
    """Sign in as a person would and wait until the page is open."""
    page = context.new_page()
    page.goto(address)
    page.get_by_label("User name").fill(user_name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return wait_until_open(page)


def wait_until_open(page: Page) -> Page:
    """Wait until the skeleton has made room for the page, and for the last widget of Home."""
    page.wait_for_selector("#pt-skeleton", state="detached")
    if "/home" in page.url:
        expect(page.get_by_role("button", name="Clear")).to_be_visible()
    return page


def token_of(context: BrowserContext) -> str:
    """The session cookie's value."""
    return next(c["value"] for c in context.cookies() if c["name"] == COOKIE)


def kernel_of(page: Page) -> str:
    """The id of the page's kernel."""
    return page.locator("#pt-kernel").get_attribute("data-kernel") or ""


def has_kernel(page: Page, kernel_id: str) -> bool:
    """Whether a kernel of this session still runs."""
    answer = page.request.get(f"/api/session?kernel={kernel_id}")
    return bool(answer.json()["kernel"])


def require_sound(page: Page, what: str) -> None:
    """Fail for an accessibility fault or a page wider than the window."""
    assert faults_of(page) == [], what
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), what


@pytest.mark.parametrize("width", WIDTHS)
def test_frame_is_sound_in_every_state(context: BrowserContext, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 720})
    page.goto("/login")
    require_sound(page, "sign-in")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    require_sound(page, "sign-in refused")
    page.get_by_label("User name").fill("la_admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    # On a quick machine the skeleton has gone before anybody could wait for it.
    page.wait_for_url("**/home", wait_until="domcontentloaded")
    require_sound(page, "skeleton")
    wait_until_open(page)
    require_sound(page, "page")
    if width < 640:
        page.get_by_role("button", name="Menu").click()
    page.get_by_text("Reports", exact=True).click()
    expect(page.get_by_role("link", name="Venn diagram")).to_be_visible()
    require_sound(page, "menu open")
    for address in ("/nowhere", "/assessments"):
        page.goto(address)
        require_sound(page, address)


def test_page_asks_no_other_host_and_reports_no_error(context: BrowserContext) -> None:
    asked: list[str] = []
    faults: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/home")
    page.get_by_label("User name").fill("head")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    wait_until_open(page)
    expect(page.get_by_role("button", name="Show")).to_be_visible()
    assert faults == []
    ours = ("http://127.0.0.1:", "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []


def test_page_script_in_html_does_not_run(context: BrowserContext) -> None:
    page = sign_in(context, address="/full-report")
    expect(page.get_by_text("Shown")).to_be_visible()
    assert page.evaluate("window.ran === undefined")


def test_page_with_datagrid_draws_its_cells(context: BrowserContext) -> None:
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if "Eval" in said.text else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/schools")
    page.get_by_label("User name").fill("la_admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    wait_until_open(page)
    page.wait_for_selector("#pt-outputs canvas")
    page.wait_for_function(
        """() => [...document.querySelectorAll('#pt-outputs canvas')].some((canvas) => {
            if (!canvas.width || !canvas.height) return false;
            const { width, height } = canvas;
            const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
            const seen = new Set();
            for (let i = 0; i < data.length; i += 4) seen.add(data[i] + data[i + 1] * 256);
            return seen.size > 20;
        })""",
        polling=200,
    )
    assert faults == []


def test_lost_kernel_is_told_and_what_was_typed_stays(context: BrowserContext) -> None:
    page = sign_in(context)
    page.get_by_label("Surname").fill("Lovel")
    form = page.evaluate("document.cookie.split('_xsrf=')[1].split(';')[0]")
    page.request.post(f"/api/kernels/{kernel_of(page)}/farewell", headers={"X-XSRFToken": form})
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("What you typed is still on screen")
    assert page.get_by_label("Surname").input_value() == "Lovel"
    require_sound(page, "kernel lost")
    banner.get_by_role("button", name="Reload the page").click()
    wait_until_open(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_ended_session_is_told_and_leads_back_to_the_page(
    context: BrowserContext, portal: Portal
) -> None:
    page = sign_in(context, "data_manager", "/home?school=9992001")
    live = session_for_token(portal.database, token_of(context))
    assert live is not None
    revoke_sessions(portal.database, live.principal.user_id)
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("You have been signed out", timeout=PATIENCE)
    require_sound(page, "session over")
    # What the page notices next must not hide what happened.
    page.wait_for_timeout(4000)
    expect(banner).to_contain_text("You have been signed out")
    banner.get_by_role("button", name="Sign in again").click()
    expect(page.get_by_role("status").first).to_contain_text("account was changed")
    page.get_by_label("User name").fill("data_manager")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    wait_until_open(page)
    assert page.url.endswith("/home?school=9992001")


def test_idle_session_is_warned_and_can_be_kept(context: BrowserContext, portal: Portal) -> None:
    page = sign_in(context)
    move_last_act_back(portal.database, token_of(context), minutes=56)
    page.evaluate(LOOK_NOW)
    dialog = page.get_by_role("dialog", name="Are you still there?")
    expect(dialog).to_contain_text("signed out in 4 minutes")
    require_sound(page, "idle warning")
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    page.wait_for_function(
        "async () => (await (await fetch('/api/session')).json()).idle_seconds > 3000"
    )


def test_sign_out_ends_the_page_in_another_tab(context: BrowserContext) -> None:
    first = sign_in(context)
    second = context.new_page()
    second.goto("/home")
    wait_until_open(second)
    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_text("You have signed out.")).to_be_visible()
    expect(first.get_by_role("alert")).to_contain_text("You have been signed out")


def test_sign_in_does_its_work_by_itself_while_passwords_are_guessed(
    context: BrowserContext, portal: Portal
) -> None:
    """Statement 10: nothing more is asked of the person, and no work of a device that is known."""
    now = datetime.now(UTC)
    with portal.database.unit_of_work(write=True) as unit:
        for number in range(60):
            name = f"name{number}"
            add_attempt(unit.session, at=now, name_hash=name, address_hash=name, by_stranger=True)
        unit.commit()

    def proofs_taken() -> int:
        with portal.database.unit_of_work() as unit:
            return count_spent(unit.session, now=now)

    before = proofs_taken()
    try:
        page = context.new_page()
        page.goto("/login")
        expect(page.get_by_text("does a small calculation before you are")).to_be_visible()
        require_sound(page, "sign-in while passwords are guessed")
        page.close()
        page = sign_in(context)
        page.wait_for_url("**/home")
        assert proofs_taken() == before + 1
        wait_until_open(page)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You have signed out.")).to_be_visible()
        sign_in(context).wait_for_url("**/home")
        assert proofs_taken() == before + 1
    finally:
        with portal.database.unit_of_work(write=True) as unit:
            remove_attempts(unit.session, before=now + timedelta(days=1))
            unit.commit()


def test_leaving_a_page_ends_its_kernel_and_a_download_does_not(
    context: BrowserContext, portal: Portal
) -> None:
    page = sign_in(context, "la_admin")
    kernel_id = kernel_of(page)
    live = session_for_token(portal.database, token_of(context))
    assert live is not None
    token = downloads.deposit(
        Caller.for_session(portal.database, live.session_id),
        kind="report",
        school_id=None,
        file_name="Année 4.csv",
        media_type="text/csv; charset=utf-8",
        content=b"a,b\n",
    )
    with page.expect_download() as started:
        page.evaluate(
            """(address) => { const a = document.createElement('a'); a.href = address;
            document.body.append(a); a.click(); }""",
            f"/download/{token}",
        )
    assert started.value.suggested_filename == "Année 4.csv"
    assert has_kernel(page, kernel_id)
    page.get_by_role("button", name="Clear").click()  # the page's front end is still alive
    other = portal.signed_in("la_adviser").get(f"/download/{token}")
    assert other.status == 404
    page.goto("/login")  # straight on to Home: signed in already
    wait_until_open(page)
    assert kernel_of(page) != kernel_id
    page.wait_for_function(
        "async (id) => !(await (await fetch(`/api/session?kernel=${id}`)).json()).kernel",
        arg=kernel_id,
    )


def test_menu_works_by_keyboard(context: BrowserContext) -> None:
    page = sign_in(context)
    page.reload()
    wait_until_open(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    summary = page.locator("summary", has_text="Reports")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Full report")).to_be_focused()
    page.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(page.get_by_role("link", name="Full report")).to_be_hidden()
