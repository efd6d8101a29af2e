"""What an XLSX file must prove before anything reads it: that unpacking it is harmless.

An XLSX file is a zip archive of XML. A hostile or broken one can unpack to many times its size,
declare XML entities that multiply, or hold millions of empty elements. The directory is checked
first, since that costs nothing; then every entry is unpacked once in small pieces, counted and
thrown away, since the directory may lie.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from pupiltrack_core.interchange.sheets import refusal

MAX_FILE_BYTES = 20_000_000
MAX_ENTRIES = 1_000
MAX_UNPACKED_BYTES = 100_000_000
MAX_RATIO = 100
MAX_ELEMENTS = 750_000  # tags; a full template of 5,000 pupils has about 340,000
_PIECE = 65_536
_OVERLAP = 16
_XML_ENDINGS = (".xml", ".rels", ".vml")
# The first sign of every XML document, or the marks of an encoding before it (the last is EBCDIC).
_XML_BEGINNINGS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x4c\x6f\xa7\x94")
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_ADVICE = "Copy the pupils into a new workbook made from the template and save that."


def check_workbook_archive(content: bytes, file_name: str) -> None:
    """Raise ImportFileError unless `content` is an XLSX archive that is safe to unpack.

    Refuses more than 20 MB, 1,000 entries, 100 MB unpacked or a ratio above 100; encrypted or
    repeated entries, macros, XML document types, and more XML elements than memory should hold.
    """
    if len(content) > MAX_FILE_BYTES:
        raise refusal(
            file_name, f"The workbook is larger than {MAX_FILE_BYTES // 1_000_000} MB. {_ADVICE}"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(archive.infolist(), len(content), file_name)
            _check_contents(archive, len(content), file_name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        OverflowError,
    ) as error:
        raise refusal(
            file_name, f"The file is damaged or is not an XLSX workbook. {_ADVICE}"
        ) from error


def _check_directory(entries: list[zipfile.ZipInfo], size: int, file_name: str) -> None:
    if len(entries) > MAX_ENTRIES:
        raise refusal(file_name, f"The workbook has more than {MAX_ENTRIES:,} parts. {_ADVICE}")
    _check_unpacked(sum(entry.file_size for entry in entries), size, file_name)
    names = [entry.filename.casefold() for entry in entries]
    if len(set(names)) != len(names) or any(entry.flag_bits & 0x1 for entry in entries):
        raise refusal(file_name, f"The workbook is protected or damaged. {_ADVICE}")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise refusal(
            file_name,
            "The workbook holds macros. Save it as an Excel workbook (.xlsx) without macros.",
        )
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise refusal(file_name, f"The file is an archive but not an XLSX workbook. {_ADVICE}")


def _check_contents(archive: zipfile.ZipFile, size: int, file_name: str) -> None:
    unpacked = elements = 0
    for entry in archive.infolist():
        is_xml = entry.filename.casefold().endswith(_XML_ENDINGS)
        tail = b""
        with archive.open(entry) as part:
            while piece := part.read(_PIECE):
                # A reader goes by what the workbook says of a part, not by how its name ends.
                is_xml = is_xml or (not tail and _may_be_xml(piece))
                unpacked += len(piece)
                _check_unpacked(unpacked, size, file_name)
                if not is_xml:
                    tail = piece[-_OVERLAP:]
                    continue
                elements += piece.count(b"<")
                window = (tail + piece).upper()
                tail = piece[-_OVERLAP:]
                if b"\x00" in piece or any(word in window for word in _DECLARATIONS):
                    raise refusal(
                        file_name,
                        f"The workbook holds XML of a kind Excel never writes. {_ADVICE}",
                    )
                if elements > MAX_ELEMENTS:
                    raise refusal(
                        file_name, f"The workbook holds far more cells than pupils need. {_ADVICE}"
                    )


def _may_be_xml(start: bytes) -> bool:
    """Whether a part that begins so could be XML in any encoding; pictures begin otherwise."""
    text = start.lstrip(b"\x00 \t\r\n")
    return not text or text.startswith(_XML_BEGINNINGS)


def _check_unpacked(unpacked: int, size: int, file_name: str) -> None:
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * size:
        raise refusal(
            file_name, f"The workbook unpacks to far more than a table of pupils. {_ADVICE}"
        )
