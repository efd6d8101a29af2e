"""An XLSX file is proved harmless before anything unpacks it."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile

import pytest

from pupiltrack_core.errors import ImportFileError
from pupiltrack_core.interchange import archives
from pupiltrack_core.interchange.archives import check_workbook_archive
from tests.unit.interchange.files import row, with_entries, xlsx_file

GOOD = xlsx_file(row())


def reason(content: bytes) -> str:
    with pytest.raises(ImportFileError) as caught:
        check_workbook_archive(content, "pupils.xlsx")
    return caught.value.problems[0].reason


def test_check_workbook_archive_a_good_workbook_passes() -> None:
    assert check_workbook_archive(GOOD, "pupils.xlsx") is None


def test_check_workbook_archive_200_mb_of_zeros_is_refused_with_flat_memory() -> None:
    bomb = with_entries(GOOD, {"xl/media/a.bin": bytes(200_000_000)})
    assert len(bomb) < 250_000
    tracemalloc.start()
    try:
        assert "unpacks to far more" in reason(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_check_workbook_archive_a_directory_that_lies_is_refused_with_flat_memory() -> None:
    bomb = bytearray(with_entries(GOOD, {"xl/media/a.bin": bytes(50_000_000)}))
    directory = bomb.rindex(b"PK\x01\x02")
    assert struct.unpack_from("<L", bomb, directory + 24)[0] == 50_000_000
    struct.pack_into("<L", bomb, directory + 24, 1_000)
    tracemalloc.start()
    try:
        assert "damaged" in reason(bytes(bomb))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_check_workbook_archive_the_ratio_is_counted_while_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = with_entries(GOOD, {"xl/media/a.bmp": b"BM" + bytes(5_000_000)})
    monkeypatch.setattr(archives, "_check_directory", lambda *_: None)
    assert "unpacks to far more" in reason(bomb)


def test_check_workbook_archive_unpacked_size_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = with_entries(GOOD, {"xl/media/a.bin": os.urandom(100_000)})
    assert check_workbook_archive(noise, "pupils.xlsx") is None
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 100_000)
    assert "unpacks to far more" in reason(noise)


def test_check_workbook_archive_file_size_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", len(GOOD))
    assert check_workbook_archive(GOOD, "pupils.xlsx") is None
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", len(GOOD) - 1)
    assert "larger than" in reason(GOOD)


def test_check_workbook_archive_number_of_entries_is_capped() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        parts = len(archive.namelist())
    most = {f"xl/media/{number}.bin": b"x" for number in range(1_000 - parts)}
    assert check_workbook_archive(with_entries(GOOD, most), "pupils.xlsx") is None
    assert "1,000 parts" in reason(with_entries(GOOD, {**most, "xl/media/more.bin": b"x"}))


def test_check_workbook_archive_macros_are_refused_whatever_the_name() -> None:
    assert "macros" in reason(with_entries(GOOD, {"xl/vbaProject.bin": b"x"}))


@pytest.mark.parametrize("declaration", [b"<!DOCTYPE a []>", b'<!entity a "b">'])
@pytest.mark.parametrize("offset", [0, 65_530])
def test_check_workbook_archive_xml_entities_are_refused(declaration: bytes, offset: int) -> None:
    padding = os.urandom(offset // 2).hex().encode()  # across the border of two pieces
    part = b"<a>" + padding + declaration + b"</a>"
    assert "never writes" in reason(with_entries(GOOD, {"xl/styles.xml": part}))


def test_check_workbook_archive_xml_in_utf16_is_refused() -> None:
    part = "<?xml version='1.0'?><!DOCTYPE a><a/>".encode("utf-16")
    assert "never writes" in reason(with_entries(GOOD, {"xl/styles.xml": part}))


def test_check_workbook_archive_millions_of_elements_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archives, "MAX_ELEMENTS", 5_000)
    assert check_workbook_archive(GOOD, "pupils.xlsx") is None
    part = b"<row>" + b"<c/>" * 5_000 + b"</row>"
    noise = os.urandom(5_000)
    content = with_entries(GOOD, {"xl/worksheets/sheet2.xml": part, "xl/media/a.bin": noise})
    assert "far more cells" in reason(content)


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.dat", "xl/media/image1.png", "rows"])
@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf", b"\r\n ", b" " * 70_000])
def test_check_workbook_archive_elements_count_whatever_the_name(
    monkeypatch: pytest.MonkeyPatch, name: str, lead: bytes
) -> None:
    """A reader takes for a sheet whatever the workbook's list of content types calls one."""
    monkeypatch.setattr(archives, "MAX_ELEMENTS", 5_000)
    monkeypatch.setattr(archives, "MAX_RATIO", 10_000)
    part = lead + b"<row>" + b"<c/>" * 5_000 + b"</row>"
    assert "far more cells" in reason(with_entries(GOOD, {name: part}))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_check_workbook_archive_other_encodings_are_refused_whatever_the_name(
    encoding: str,
) -> None:
    part = "<?xml version='1.0'?><row><c/></row>".encode(encoding)
    assert "never writes" in reason(with_entries(GOOD, {"xl/media/image1.png": part}))


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("xl/media/image1.png", b"\x89PNG\r\n\x1a\n\x00"),
        ("xl/media/image1.jpeg", b"\xff\xd8\xff\xe0\x00"),
        ("docProps/thumbnail.wmf", b"\xd7\xcd\xc6\x9a\x00"),
        ("xl/media/image2.emf", b"\x01\x00\x00\x00"),
        ("xl/printerSettings/printerSettings1.bin", "HP Laser".encode("utf-16-le")),
    ],
)
def test_check_workbook_archive_pictures_and_printers_pass(name: str, start: bytes) -> None:
    content = with_entries(GOOD, {name: start + os.urandom(70_000)})
    assert check_workbook_archive(content, "pupils.xlsx") is None


def test_check_workbook_archive_repeated_names_are_refused() -> None:
    buffer = io.BytesIO(GOOD)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("XL/Workbook.xml", b"<workbook/>")
    assert "protected or damaged" in reason(buffer.getvalue())


def test_check_workbook_archive_encrypted_entries_are_refused() -> None:
    content = bytearray(GOOD)
    directory = content.index(b"PK\x01\x02")
    struct.pack_into("<H", content, directory + 8, 0x1)
    assert "protected or damaged" in reason(bytes(content))


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/workbook.xml"])
def test_check_workbook_archive_another_kind_of_archive_is_refused(part: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(part, b"<a/>")
    assert "not an XLSX workbook" in reason(buffer.getvalue())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500, GOOD[:-40]])
def test_check_workbook_archive_a_broken_archive_is_refused(content: bytes) -> None:
    assert "damaged" in reason(content)


def test_check_workbook_archive_a_flipped_byte_is_refused() -> None:
    content = bytearray(GOOD)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        start = archive.getinfo("xl/workbook.xml").header_offset + 60
    content[start] ^= 0xFF
    assert "damaged" in reason(bytes(content))
