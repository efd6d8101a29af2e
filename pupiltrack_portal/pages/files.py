"""Handing a file made on a page to the browser."""

from __future__ import annotations

from collections.abc import Callable

from pupiltrack_core.errors import UserFacingError
from pupiltrack_core.services.downloads import deposit
from pupiltrack_portal.pages.context import PageContext, unexpected
from pupiltrack_portal.widgets.file_button import FileButton, ReadyFile

PDF = "application/pdf"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Made = tuple[str, str, bytes]  # file name, media type, content


def save_button(
    context: PageContext,
    label: str,
    make: Callable[[], Made],
    *,
    school_id: Callable[[], int | None],
) -> FileButton:
    """Return a button that has the file made and saves it; see `file_maker`."""
    button = FileButton(label)
    button.on_make(file_maker(context, make, school_id=school_id))
    return button


def file_maker(
    context: PageContext, make: Callable[[], Made], *, school_id: Callable[[], int | None]
) -> Callable[[], ReadyFile | str]:
    """Return what a `FileButton` calls: `make` the file, deposit it for this session, link it.

    `school_id` says at that moment whose data it holds; None is a whole local authority. What
    goes wrong comes back as a sentence beside the button.
    """

    def run() -> ReadyFile | str:
        try:
            context.principal()
            name, media_type, content = make()
            token = deposit(
                context.caller,
                kind=name.rsplit(".", 1)[0],
                school_id=school_id(),
                file_name=name,
                media_type=media_type,
                content=content,
            )
            return ReadyFile(f"/download/{token}", name)
        except UserFacingError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - the edge between the browser and the page
            return unexpected(error)

    return run
