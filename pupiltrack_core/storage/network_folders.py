"""Whether a file lies on a file server, where SQLite's locks are not to be relied on.

https://sqlite.org/wal.html: with a write-ahead log all that use a database must be on one machine,
since they share memory, and locks over a network fail silently.
"""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import URL

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.storage.engine import parse_url

_MOUNTS = Path("/proc/self/mounts")
# Kinds of file system that are another machine's, as the kernel names them.
_OF_A_NETWORK = re.compile(
    r"nfs\d*|cifs|smb\w*|ncpfs?|afs|coda|ceph|glusterfs|lustre|beegfs|gfs2?|ocfs2|davfs\w*"
    r"|fuse\.(sshfs|glusterfs\w*|ceph\w*|s3fs|rclone|davfs\w*|smbnetfs|gvfsd\S*|goofys|blobfuse\w*)"
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def refuse_network_folder(url: str | URL) -> None:
    """Raise `ConfigurationError` for a SQLite database on a file server.

    Where the system does not say (it is not Linux) nothing is refused.
    """
    address = parse_url(url)
    if address.get_backend_name() != "sqlite":
        return
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    kind = network_file_system(Path(address.database or "").resolve(), mounts)
    if kind is not None:
        raise ConfigurationError(
            f"The SQLite database lies on a file server ({kind}), where two writers could spoil "
            "it. Put it on a disk of this machine, or use PostgreSQL (setting database_url)."
        )


def network_file_system(path: Path, mounts: str) -> str | None:
    """Return the kind of file system `path` is on if it is another machine's, else None.

    `mounts` is what Linux says in /proc/mounts; of two mounts at one place the later counts.
    """
    nearest, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        place = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[1]))
        if path.is_relative_to(place) and len(place.parts) >= nearest:
            nearest, kind = len(place.parts), fields[2]
    return kind if _OF_A_NETWORK.fullmatch(kind) else None
