"""Keys of backups: a public one that locks, known to the portal, and its other half that unlocks.

They are age keys (https://age-encryption.org/v1), so that a backup can be opened without PupilTrack
too. Who holds the portal's machine holds the public half only and can read no backup.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import pyrage
from pyrage.x25519 import Identity, Recipient

from pupiltrack_core.errors import ConfigurationError, InvalidEntry

__all__ = ["Identity", "Recipient", "new_key", "parse_recipients", "read_identities"]

_SECRET_LINE = re.compile(r"^AGE-SECRET-KEY-1[0-9A-Z]+$", re.MULTILINE)
_LOCKED = b"age-encryption.org/"
_LARGEST_KEY_FILE = 64 * 1024


def new_key(path: Path, *, passphrase: str | None = None) -> str:
    """Write a new key into a new file that we alone can read, and return its public half.

    With a passphrase the file is locked by it. Raises `InvalidEntry` where there is a file already
    or none can be written.
    """
    identity = Identity.generate()
    public = str(identity.to_public())
    content = f"# public key: {public}\n{identity}\n".encode()
    if passphrase:
        content = pyrage.passphrase.encrypt(content, passphrase)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InvalidEntry(
            f"The key was not written to {path}: {error.strerror}. Name a file that is not there "
            "yet.",
            field="path",
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
    return public


def read_identities(path: Path, *, ask_passphrase: Callable[[], str]) -> list[Identity]:
    """Return the keys of a file that `new_key` or age-keygen wrote.

    `ask_passphrase` is called where the file is locked. Raises `InvalidEntry` for a file that
    cannot be read, is open to other accounts, holds no key, or another passphrase.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise _unusable(path, f"it can be read by other accounts. Run: chmod 600 {path}")
        with path.open("rb") as file:
            content = file.read(_LARGEST_KEY_FILE)
    except OSError as error:
        raise _unusable(path, f"{error.strerror}.") from error
    if content.startswith(_LOCKED):
        try:
            content = pyrage.passphrase.decrypt(content, ask_passphrase())
        except pyrage.DecryptError as error:
            raise _unusable(path, "the passphrase is not the right one.") from error
    lines = _SECRET_LINE.findall(content.decode("utf-8", "replace"))
    try:
        found = [Identity.from_str(line) for line in lines]
    except pyrage.IdentityError as error:
        raise _unusable(path, "it holds a key that is not whole.") from error
    if not found:
        raise _unusable(path, "it holds no key that unlocks backups.")
    return found


def parse_recipients(texts: Sequence[str]) -> list[Recipient]:
    """Return the public keys; raise `ConfigurationError` for one that is not whole."""
    found = []
    for text in texts:
        try:
            found.append(Recipient.from_str(text))
        except pyrage.RecipientError as error:
            raise ConfigurationError(
                "Setting backup_recipients holds a key with a mistake in it. Copy the line that "
                "`pupiltrack backup new-key` printed once more."
            ) from error
    return found


def _unusable(path: Path, why: str) -> InvalidEntry:
    return InvalidEntry(f"The key file {path} cannot be used: {why}", field="identity")
