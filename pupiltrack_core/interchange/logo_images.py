"""A school's logo as somebody sends it: decoded, made small, and written anew as PNG.

Nothing of the file that was sent is kept but its pixels: no metadata, no trailing bytes, no second
frame. What cannot be a logo is refused before its pixels are unpacked.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from pupiltrack_core.errors import InvalidEntry

MEDIA_TYPE = "image/png"
MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 16_000_000  # a photograph of a telephone's camera; 64 MB once unpacked
LEAST_SIDE = 32  # less cannot be printed
KEPT_SIZE = (480, 240)  # 270 dots an inch at the size it is printed
_FIELD = "logo"
_NOT_KEPT = "The logo was left as it was."
# What the decoders raise for files that are cut short, altered or made to harm.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class LogoImage:
    """A PNG image; width and height are in pixels, at most `KEPT_SIZE`."""

    content: bytes = field(repr=False)
    width: int
    height: int


def read_logo(content: bytes) -> LogoImage:
    """Return the logo in a PNG or JPEG file; raise `InvalidEntry` for any other, saying why."""
    if len(content) > MAX_BYTES:
        raise _refused(f"The file is larger than {MAX_BYTES // 1024**2} MB.")
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as sent:
            _require_size(sent.size)
            sent.draft("RGB", KEPT_SIZE)  # a JPEG is unpacked no larger than it need be
            return _written(sent)
    except UnidentifiedImageError as error:
        raise _refused("This is not a PNG or JPEG picture.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(_TOO_MANY) from error
    except _BROKEN as error:
        raise _refused("The picture is damaged and could not be read.") from error


_TOO_MANY = f"The picture has more than {MAX_PIXELS // 10**6} million pixels: save it smaller."


def _require_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise _refused(_TOO_MANY)
    if min(size) < LEAST_SIDE:
        raise _refused(f"The picture is less than {LEAST_SIDE} pixels wide or high.")


def _written(sent: Image.Image) -> LogoImage:
    upright = ImageOps.exif_transpose(sent)
    has_clear = "transparency" in upright.info or "A" in upright.getbands()
    plain = upright.convert("RGBA" if has_clear else "RGB")
    plain.thumbnail(KEPT_SIZE, Image.Resampling.LANCZOS)
    plain.info.clear()
    held = BytesIO()
    plain.save(held, "PNG", optimize=True)
    return LogoImage(held.getvalue(), plain.width, plain.height)


def _refused(why: str) -> InvalidEntry:
    return InvalidEntry(f"{why} {_NOT_KEPT}", field=_FIELD)
