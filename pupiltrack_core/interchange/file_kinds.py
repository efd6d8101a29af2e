"""What kind of file was sent: by its name and by how it begins, which have to agree."""

from __future__ import annotations

from pupiltrack_core.interchange.sheets import refusal, shown

_MAX_FILE_NAME = 120
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Excel 97-2003, and encrypted workbooks
_ARCHIVE = b"PK\x03\x04"
_ADVICE_BY_ENDING = {
    "xls": "This is a workbook of Excel 97-2003. Save it as an Excel workbook (.xlsx) or as CSV.",
    "xlsm": "This workbook may hold macros. Save it as an Excel workbook (.xlsx) or as CSV.",
    "xlsb": "This is a binary workbook. Save it as an Excel workbook (.xlsx) or as CSV.",
    "xltx": "This is a workbook template. Save it as an Excel workbook (.xlsx) or as CSV.",
    "xltm": "This workbook may hold macros. Save it as an Excel workbook (.xlsx) or as CSV.",
    "ods": "This is an OpenDocument sheet. Save it as an Excel workbook (.xlsx) or as CSV.",
    "zip": "This is a ZIP archive. Unpack it, and choose the file that was inside.",
    "numbers": "This is a Numbers sheet. Export it to Excel (.xlsx) or CSV.",
}
ONLY_THESE = (
    "Only CSV files (.csv), Excel workbooks (.xlsx) and common transfer files (.xml) can be "
    "imported."
)


def plain_file_name(file_name: str) -> str:
    """Browsers and people send paths; only the last part is shown and nothing is opened by it."""
    last = file_name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    return shown(last.strip())[:_MAX_FILE_NAME] or "file"


def require_table(content: bytes, name: str) -> bool:
    """Return whether a file is a workbook, False for CSV; raise ImportFileError for neither."""
    ending = ending_of(name)
    if ending in _ADVICE_BY_ENDING:
        raise refusal(name, _ADVICE_BY_ENDING[ending])
    if ending not in ("csv", "xlsx"):
        raise refusal(name, ONLY_THESE)
    if not content.strip():
        raise refusal(name, "The file is empty.")
    if content.startswith(_OLD_WORKBOOK):
        raise refusal(
            name,
            "The file is protected with a password or is a workbook of Excel 97-2003. Save it "
            "without a password as an Excel workbook (.xlsx) or as CSV.",
        )
    is_archive = content.startswith(_ARCHIVE)
    if is_archive != (ending == "xlsx"):
        raise refusal(
            name,
            f"The file's name ends in .{ending} but its content is "
            f"{'a workbook' if is_archive else 'not a workbook'}. Save it again from Excel.",
        )
    return is_archive


def ending_of(name: str) -> str:
    """Return what stands after the last dot of a file's name, in small letters."""
    return name.rsplit(".", maxsplit=1)[-1].casefold() if "." in name else ""
