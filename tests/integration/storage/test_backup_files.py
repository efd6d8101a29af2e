"""Backups as files: whole or not there, opened by their key alone, and found out when damaged."""

from __future__ import annotations

import base64
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from pupiltrack_core.errors import ConfigurationError, InvalidEntry, StorageUnavailable
from pupiltrack_core.storage.backup_files import (
    BackupFile,
    Manifest,
    find_backups,
    read_backup,
    remove_backups,
    write_backup,
)
from pupiltrack_core.storage.backup_keys import (
    Identity,
    new_key,
    parse_recipients,
    read_identities,
)

MADE_AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
SENTINEL = b"Sentinel Surname"
DUMP = [SENTINEL * 1000, b"\x00" * 3_000_000, SENTINEL]


def manifest(made_at: datetime = MADE_AT) -> Manifest:
    return Manifest(made_at, "sqlite", "0001", 3, "ab" * 32, {"pupil": 2})


@pytest.fixture
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture
def backup(tmp_path: Path, identity: Identity) -> BackupFile:
    return write_backup(tmp_path / "backups", manifest(), iter(DUMP), [identity.to_public()])


def read(path: Path, identity: Identity, out: Path) -> Manifest:
    with out.open("wb") as output:
        return read_backup(path, [identity], open_output=lambda _: output)


def test_write_backup_reads_back_the_same(
    backup: BackupFile, identity: Identity, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert read(backup.path, identity, out) == manifest()
    assert out.read_bytes() == b"".join(DUMP)
    assert backup.path.name == "pupiltrack-20260105T023000Z.age"
    assert backup.size == backup.path.stat().st_size


def test_write_backup_is_for_the_owner_alone_and_holds_nothing_in_the_open(
    backup: BackupFile,
) -> None:
    assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.path.parent.stat().st_mode) == 0o700
    content = backup.path.read_bytes()
    assert SENTINEL not in content
    assert b"pupil" not in content
    assert content.startswith(b"age-encryption.org/v1\n")
    assert [path.name for path in backup.path.parent.iterdir()] == [backup.path.name]


def test_write_backup_that_fails_half_way_leaves_no_file(
    tmp_path: Path, identity: Identity
) -> None:
    def dump() -> Iterator[bytes]:
        yield b"x" * 2_000_000
        raise StorageUnavailable("the dump broke off")

    with pytest.raises(StorageUnavailable, match="the dump broke off"):
        write_backup(tmp_path / "backups", manifest(), dump(), [identity.to_public()])
    assert list((tmp_path / "backups").iterdir()) == []


def test_write_backup_that_reads_otherwise_is_not_kept(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pyrage.encrypt_io

    def onto_a_bad_disk(reader: object, writer: object, recipients: object) -> None:
        real(reader, writer, recipients)
        writer.flush()  # type: ignore[attr-defined]  # a file
        writer.seek(-100, 2)  # type: ignore[attr-defined]
        writer.write(b"spoilt")  # type: ignore[attr-defined]

    monkeypatch.setattr(pyrage, "encrypt_io", onto_a_bad_disk)
    with pytest.raises(StorageUnavailable, match="does not read as it was written"):
        write_backup(tmp_path / "backups", manifest(), iter(DUMP), [identity.to_public()])
    assert list((tmp_path / "backups").iterdir()) == []


def test_write_backup_never_takes_the_place_of_another(
    backup: BackupFile, identity: Identity
) -> None:
    before = backup.path.read_bytes()
    with pytest.raises(StorageUnavailable, match="same second"):
        write_backup(backup.path.parent, manifest(), iter(DUMP), [identity.to_public()])
    assert backup.path.read_bytes() == before
    assert len(list(backup.path.parent.iterdir())) == 1


def test_write_backup_into_a_place_that_is_no_folder_says_so(
    tmp_path: Path, identity: Identity
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable, match="backup_folder"):
        write_backup(tmp_path / "file", manifest(), iter(DUMP), [identity.to_public()])


def test_read_backup_with_another_key_is_refused(backup: BackupFile, tmp_path: Path) -> None:
    with pytest.raises(InvalidEntry, match="key does not open"):
        read(backup.path, Identity.generate(), tmp_path / "out")


@pytest.mark.parametrize("damage", ["cut", "flipped", "lengthened", "another file", "empty"])
def test_read_backup_that_was_damaged_is_refused(
    backup: BackupFile, identity: Identity, tmp_path: Path, damage: str
) -> None:
    content = bytearray(backup.path.read_bytes())
    if damage == "cut":
        del content[-1:]
    elif damage == "flipped":
        content[-200] ^= 1
    elif damage == "lengthened":
        content += b"x"
    else:
        content = bytearray(b"PK\x03\x04" if damage == "another file" else b"")
    path = tmp_path / "damaged.age"
    path.write_bytes(content)
    with pytest.raises(InvalidEntry, match="no backup of PupilTrack, or it was damaged"):
        read(path, identity, tmp_path / "out")


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        b"pupiltrack",
        b"something else\n{}\n",
        b"pupiltrack backup 1\nnot JSON\n",
        b'pupiltrack backup 1\n{"made_at": "2026-01-05", "strange": 1}\n',
        b"pupiltrack backup 1\n" + manifest().to_json().encode() + b"\n" + b"not zlib",
        b"pupiltrack backup 1\n" + manifest().to_json().encode() + b"\n",
    ],
)
def test_read_backup_of_an_age_file_that_holds_something_else_is_refused(
    identity: Identity, tmp_path: Path, inside: bytes
) -> None:
    path = tmp_path / "other.age"
    path.write_bytes(pyrage.encrypt(inside, [identity.to_public()]))
    with pytest.raises(InvalidEntry, match="no backup of PupilTrack"):
        read(path, identity, tmp_path / "out")


def test_read_backup_that_is_not_there_says_so(identity: Identity, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="No such file"):
        read(tmp_path / "none.age", identity, tmp_path / "out")


def test_remove_backups_keeps_the_newest_whatever_its_age(tmp_path: Path) -> None:
    assert find_backups(tmp_path / "none") == ()
    names = ["20260101T000000", "20260102T000000", "20260103T000000"]
    for name in names:
        (tmp_path / f"pupiltrack-{name}Z.age").touch()
    others = [tmp_path / "pupiltrack-20269999T000000Z.age", tmp_path / "notes.txt"]
    for other in others:
        other.touch()
    assert [f.made_at.day for f in find_backups(tmp_path)] == [3, 2, 1]
    removed = remove_backups(tmp_path, before=datetime(2026, 1, 2, tzinfo=UTC))
    assert [path.name for path in removed] == ["pupiltrack-20260101T000000Z.age"]
    remove_backups(tmp_path, before=datetime(2027, 1, 2, tzinfo=UTC))
    assert [file.made_at.day for file in find_backups(tmp_path)] == [3]
    assert all(other.exists() for other in others)


def test_remove_backups_takes_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / "pupiltrack-20260101T000000Z.age.0123abcd.part").touch()
    now = datetime.now(UTC)
    remove_backups(tmp_path, before=now - timedelta(days=1))
    assert len(list(tmp_path.iterdir())) == 1
    remove_backups(tmp_path, before=now + timedelta(days=1))
    assert list(tmp_path.iterdir()) == []


def test_new_key_is_written_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    public = new_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (identity,) = read_identities(path, ask_passphrase=lambda: pytest.fail("it is not locked"))
    assert str(identity.to_public()) == public
    assert [str(key) for key in parse_recipients([public])] == [public]
    with pytest.raises(InvalidEntry, match="not there yet"):
        new_key(path)


class SwiftLock:
    """Stands in for age's, which takes seconds on purpose."""

    @staticmethod
    def encrypt(content: bytes, passphrase: str) -> bytes:
        return b"age-encryption.org/v1\n" + passphrase.encode() + b"\n" + base64.b64encode(content)

    @staticmethod
    def decrypt(content: bytes, passphrase: str) -> bytes:
        _, right, locked = content.split(b"\n", 2)
        if right != passphrase.encode():
            raise pyrage.DecryptError("Decryption failed")
        return base64.b64decode(locked)


def test_new_key_with_a_passphrase_opens_with_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyrage, "passphrase", SwiftLock)
    path = tmp_path / "key"
    public = new_key(path, passphrase="correct horse")
    assert b"AGE-SECRET-KEY" not in path.read_bytes()
    (identity,) = read_identities(path, ask_passphrase=lambda: "correct horse")
    assert str(identity.to_public()) == public
    with pytest.raises(InvalidEntry, match="passphrase"):
        read_identities(path, ask_passphrase=lambda: "wrong horse")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no key"),
        ("age1notasecret", "no key"),
        ("AGE-SECRET-KEY-1ABC", "not whole"),
        ("age-encryption.org/v1\n-> X25519 abc\n", "passphrase"),
    ],
)
def test_read_identities_of_a_file_without_a_key_says_why(
    tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(InvalidEntry, match=words):
        read_identities(path, ask_passphrase=lambda: "x")


def test_read_identities_of_a_file_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    new_key(path)
    path.chmod(0o644)
    with pytest.raises(InvalidEntry, match="chmod 600"):
        read_identities(path, ask_passphrase=lambda: "x")
    with pytest.raises(InvalidEntry, match="No such file"):
        read_identities(tmp_path / "none", ask_passphrase=lambda: "x")


def test_parse_recipients_with_a_mistake_in_one_is_refused(tmp_path: Path) -> None:
    public = new_key(tmp_path / "key")
    with pytest.raises(ConfigurationError, match="backup_recipients"):
        parse_recipients([public, public[:-1] + ("q" if public[-1] != "q" else "p")])
