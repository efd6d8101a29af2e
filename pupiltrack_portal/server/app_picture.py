"""What an authenticator app takes in: a picture to point the phone at, or letters to type."""

from __future__ import annotations

import segno

from pupiltrack_core.services.one_time_codes import app_address

_PIXELS_A_MODULE = 5


def app_picture(secret: str, *, user_name: str) -> str:
    """Return the QR code as a data address for an image; nothing is fetched from anywhere."""
    picture = segno.make(app_address(secret, user_name=user_name), error="m")
    return str(picture.svg_data_uri(scale=_PIXELS_A_MODULE, border=3, light="white"))


def spaced_secret(secret: str) -> str:
    """Return the secret in groups of four letters, as people type it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
