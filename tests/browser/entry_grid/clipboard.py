"""Copying from and pasting into whatever has the focus."""

from __future__ import annotations

from playwright.sync_api import Page


def paste(page: Page, text: str) -> None:
    """Paste plain text, as after copying it in a spreadsheet."""
    page.evaluate(
        """(text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            const event = { clipboardData: data, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", event));
        }""",
        text,
    )


def copy(page: Page) -> str:
    """Return what copying puts on the clipboard."""
    return page.evaluate(
        """() => {
            const data = new DataTransfer();
            const event = { clipboardData: data, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new ClipboardEvent("copy", event));
            return data.getData("text/plain");
        }"""
    )
