"""Maintenance in a browser: from section to section by keyboard, a logo kept and taken away."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from playwright.sync_api import expect

from .conftest import Open
from .served import require_sound


def picture() -> bytes:
    held = BytesIO()
    Image.new("RGB", (200, 100), "navy").save(held, "PNG")
    return held.getvalue()


def test_logo_and_sections_by_keyboard(open_as: Open) -> None:
    page = open_as("head2", "/maintenance")
    form = page.get_by_role("form", name="Logo for reports")
    choose, keep = form.get_by_label("Picture"), form.get_by_role("button", name="Save logo")
    choose.set_input_files({"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
    keep.press("Enter")
    expect(form.get_by_role("alert")).to_be_focused()
    expect(form.get_by_role("alert")).to_contain_text("not a PNG or JPEG picture")
    require_sound(page, "a logo that is none")
    choose.set_input_files({"name": "l.png", "mimeType": "image/png", "buffer": picture()})
    keep.press("Enter")
    expect(page.get_by_role("img", name="Logo of Longcombe Primary School")).to_be_visible()
    expect(choose).to_be_focused()
    require_sound(page, "a logo in use")

    words = page.get_by_role("button", name="Words and colours", exact=True)
    words.press("Enter")
    expect(words).to_be_focused()
    expect(form).to_be_hidden()
    wording = page.get_by_role("form", name="Words and colours")
    wording.get_by_label("Word for Towards (T)").fill("Below")
    wording.get_by_label("Word for Towards (T)").press("Enter")
    expect(wording.get_by_role("alert")).to_contain_text("standard word for something else")
    require_sound(page, "a word that would be misread")
    page.get_by_role("button", name="Classes and filters").press("Enter")
    classes = page.get_by_role("form", name="Class names")
    classes.get_by_role("button", name="Add rows").press("Enter")
    expect(classes.get_by_label("Class 14", exact=True)).to_be_visible()
    expect(classes.get_by_role("button", name="Add rows")).to_be_focused()
    words.press("Enter")
    expect(wording.get_by_label("Word for Towards (T)")).to_have_value("Below")  # as it was left

    page.get_by_role("button", name="What was last done").press("Enter")
    done = page.get_by_role("table", name="What was last done")
    expect(done.get_by_role("cell", name="logo saved").first).to_be_visible()
    page.get_by_role("button", name="School details").press("Enter")
    form.get_by_role("button", name="Remove logo").press("Enter")
    expect(page.get_by_text("There is no logo yet.")).to_be_visible()
