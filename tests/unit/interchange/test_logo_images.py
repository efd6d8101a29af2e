"""Logos: what is kept of a picture, and files that are no picture or are made to harm."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.interchange.logo_images import KEPT_SIZE, MAX_BYTES, read_logo


def written(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    held = BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large, all of it zeros."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (
        chunk(b"IHDR", header),
        chunk(b"IDAT", zlib.compress(bytes(1000))),
        chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_read_logo_keeps_a_small_picture_as_it_is() -> None:
    logo = read_logo(written(Image.new("RGBA", (64, 48), (200, 10, 10, 128))))
    assert (logo.width, logo.height) == (64, 48)
    assert opened(logo.content).getpixel((3, 3)) == (200, 10, 10, 128)


def test_read_logo_makes_a_large_picture_smaller_and_keeps_its_shape() -> None:
    logo = read_logo(written(Image.new("RGB", (2000, 500), "navy"), "JPEG"))
    # 2000 x 500 fits 480 x 240 at 480 wide: 500 * 480 / 2000 = 120.
    assert (logo.width, logo.height) == (KEPT_SIZE[0], 120)
    assert opened(logo.content).format == "PNG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_read_logo_of_every_kind_of_pixel(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    logo = read_logo(written(Image.new(mode, (40, 40)), kind))
    assert opened(logo.content).mode in {"RGB", "RGBA"}


def test_read_logo_drops_everything_but_the_pixels() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "where the photograph was taken")
    content = written(Image.new("RGB", (40, 40)), pnginfo=told, dpi=(300, 300))
    logo = read_logo(content + b"<script>alert(1)</script>")
    assert b"photograph" not in logo.content
    assert b"script" not in logo.content
    assert opened(logo.content).info == {}


def test_read_logo_turns_a_photograph_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    logo = read_logo(written(Image.new("RGB", (100, 60)), "JPEG", exif=exif))
    assert (logo.width, logo.height) == (60, 100)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a PNG or JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not a PNG or JPEG"),
        (written(Image.new("RGB", (40, 40)), "GIF"), "not a PNG or JPEG"),
        (written(Image.new("RGB", (40, 40)), "BMP"), "not a PNG or JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG or JPEG|damaged"),
        (written(Image.new("RGB", (400, 400)))[:200], "damaged"),
        (png_claiming(40, 40)[:60], "PNG or JPEG|damaged"),
        (png_claiming(4001, 4000), "million pixels"),
        (png_claiming(10_000, 10_000), "million pixels"),  # Pillow warns
        (png_claiming(60_000, 60_000), "million pixels"),  # Pillow refuses
        (written(Image.new("RGB", (31, 400))), "less than 32"),
        (bytes(MAX_BYTES + 1), "larger than 2 MB"),
    ],
)
def test_read_logo_refuses(content: bytes, words: str) -> None:
    with pytest.raises(InvalidEntry, match=words) as refused:
        read_logo(content)
    assert refused.value.field == "logo"
    assert str(refused.value).endswith("The logo was left as it was.")


def test_read_logo_refuses_a_text_that_unpacks_to_megabytes() -> None:
    whole = written(Image.new("RGB", (40, 40)))
    bomb = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(5_000_000)))
    with pytest.raises(InvalidEntry, match="damaged"):
        read_logo(whole[:33] + bomb + whole[33:])  # after the header


def test_read_logo_of_bytes_changed_anywhere_refuses_or_reads() -> None:
    whole = written(Image.effect_noise((64, 64), 50).convert("RGB"))
    for place in range(0, len(whole), 97):
        altered = bytearray(whole)
        altered[place] ^= 0xFF
        try:
            assert read_logo(bytes(altered)).width >= 32
        except InvalidEntry:
            continue
