"""Fill the gaps in this process's memory before it is forked.

An import leaves free blocks between the objects that stay. A fork puts its new objects there, and
each copies a page that was shared, four kilobytes for some tens of bytes. With the gaps filled, new
objects lie side by side in pages of their own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys

# How CPython divides small objects (pymalloc), and the header of a `bytes` with its final zero.
_SMALLEST, _FLOAT_CLASS = 16, 32
_BYTES_HEADER = 33
_CLASS_ROW = re.compile(r"^ *\d+ +(\d+) +\d+ +\d+ +(\d+) *$", re.MULTILINE)
# Twice: what counts and allocates leaves a few gaps itself.
_ROUNDS = 2
# The C library's: large pieces first, then every size that it keeps a list of free pieces for.
_PIECES = (*(1 << power for power in range(17, 10, -1)), *range(1032, 23, -16))

_filling: list[object] = []  # never given back


class _Mallinfo(ctypes.Structure):
    """glibc's `struct mallinfo2`; `keepcost` is the size of the free piece at the heap's end."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def fill_gaps() -> None:
    """Take what is free between the objects of this process, and keep it.

    Where the interpreter or the C library does not tell what is free, nothing is taken there.
    """
    for _ in range(_ROUNDS):
        for size, count in free_blocks().items():
            _filling.append([_block(size) for _ in range(count)])
    with contextlib.suppress(AttributeError):  # a C library other than glibc
        _fill_c_heap()


def free_blocks() -> dict[int, int]:
    """The free blocks of Python's own allocator by their size in bytes, as it reports them.

    Empty without that allocator (`PYTHONMALLOC=malloc`).
    """
    report = os.memfd_create("allocator")
    stderr = os.dup(2)
    try:
        os.dup2(report, 2)
        sys._debugmallocstats()
        os.dup2(stderr, 2)
        os.lseek(report, 0, os.SEEK_SET)
        with open(report, encoding="ascii", closefd=False) as lines:
            rows = _CLASS_ROW.findall(lines.read())
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(report)
    return {int(size): int(free) for size, free in rows}


def _block(size: int) -> object:
    """A new object of exactly one block of `size` bytes, which the collector does not look at."""
    if size == _SMALLEST:
        return object()
    if size == _FLOAT_CLASS:
        return float(size) / 3
    return bytes(size - _BYTES_HEADER)


def _fill_c_heap() -> None:
    libc = ctypes.CDLL(None)
    libc.mallinfo2.restype = _Mallinfo
    libc.sbrk.argtypes, libc.sbrk.restype = (ctypes.c_ssize_t,), ctypes.c_void_p
    libc.malloc.argtypes, libc.malloc.restype = (ctypes.c_size_t,), ctypes.c_void_p
    libc.free.argtypes, libc.free.restype = (ctypes.c_void_p,), None
    for size in _PIECES:
        end_piece = libc.sbrk(0) - libc.mallinfo2().keepcost
        while (piece := libc.malloc(size)) is not None and piece < end_piece:
            pass  # a gap, now taken
        libc.free(piece)
