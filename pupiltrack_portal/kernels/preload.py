"""Import, rehearse and freeze: what is done once, before any kernel is forked.

A fork copies memory, not threads. A lock held by another thread at that moment stays locked for
ever in the child, and a socket or database connection would be shared by every kernel. So whatever
preloading leaves behind is looked at, and the process refuses to serve rather than fork it.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import sys
import threading
from collections.abc import Iterable

from pupiltrack_portal.kernels.errors import PreloadRefused
from pupiltrack_portal.kernels.gaps import fill_gaps

# What a Python process may need in order to start and find its modules and caches. Everything else
# is dropped before the preload: the memory of the process, and its /proc/<pid>/environ, are there
# for every kernel to read.
KEPT_ENVIRONMENT = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV"),
        *("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"),
        *("PYTHONPYCACHEPREFIX", "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONWARNINGS"),
        *("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"),
    }
)
_KEPT_PREFIXES = ("LC_", "COVERAGE_")

# One thread per numerical library: threads would start on import and not survive the fork. One
# malloc arena: kernels share the parent's heap for longer and keep less memory of their own.
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
}


def clean_environment(environment: dict[str, str], *, keep: Iterable[str] = ()) -> dict[str, str]:
    """The part of `environment` a supervisor may hold, with numerical libraries single-threaded."""
    kept = KEPT_ENVIRONMENT | set(keep)
    clean = {
        name: value
        for name, value in environment.items()
        if name in kept or name.startswith(_KEPT_PREFIXES)
    }
    return clean | SINGLE_THREADED


def preload_modules(names: Iterable[str]) -> None:
    """Import each module of `names`; PreloadRefused naming the one that fails."""
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            raise PreloadRefused(
                f"The module {name} could not be imported before the fork: "
                f"{type(error).__name__}: {error}"
            ) from error


def rehearse(targets: Iterable[str]) -> None:
    """Call each "module:function" of `targets` without arguments, to warm caches up.

    What they print is dropped: the supervisor has no reader. PreloadRefused names the target that
    fails.
    """
    for target in targets:
        module_name, _, function_name = target.partition(":")
        try:
            getattr(importlib.import_module(module_name), function_name)()
        except Exception as error:
            raise PreloadRefused(
                f"The rehearsal {target} failed before the fork: {type(error).__name__}: {error}"
            ) from error


def list_descriptors() -> dict[int, str]:
    """Each open descriptor of this process with what it stands for, as /proc tells it."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            continue  # the descriptor that listed the folder
    return found


def count_threads() -> int:
    """The threads of this process as the operating system counts them, Python's and C's alike."""
    return len(os.listdir("/proc/self/task"))


def check_forkable(descriptors_before: dict[int, str]) -> None:
    """Raise PreloadRefused when preloading left a thread, socket, pipe or file open.

    `descriptors_before` is what `list_descriptors` gave before the preload.
    """
    check_threads()
    check_descriptors(descriptors_before)


def check_threads() -> None:
    """Raise PreloadRefused when this process has more than its main thread."""
    if threading.active_count() == 1 and count_threads() == 1:
        return
    names = [thread.name for thread in threading.enumerate() if thread.name != "MainThread"]
    raise PreloadRefused(
        "A preloaded module started a thread, and threads do not survive a fork: "
        f"{', '.join(names) or 'not one of Python, so of a library in C'}. "
        "Preload less, or start that thread on first use."
    )


def check_descriptors(before: dict[int, str]) -> None:
    """Raise PreloadRefused when something is open now that was not in `before`."""
    opened = {
        kind.partition(":")[0]
        for descriptor, kind in list_descriptors().items()
        # A device such as /dev/urandom has no state that kernels could disturb for each other.
        if before.get(descriptor) != kind and not kind.startswith("/dev/")
    }
    if opened:
        raise PreloadRefused(
            "A preloaded module left something open that every kernel would share: "
            f"{', '.join(sorted(opened))}. Open connections and files on first use instead."
        )


def freeze() -> None:
    """Collect garbage, then tell the collector to leave what remains alone.

    A collection writes to the header of every object it visits; in a forked kernel each write
    copies a page that was shared. So does every name that gives way to another in the interpreter's
    cache of attributes, which is therefore left empty; and what a kernel makes new finds no gap
    between the old.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    gc.collect()
    give_back_memory()
    if sys.version_info < (3, 13):  # deprecated from there on
        sys._clear_type_cache()
    fill_gaps()
    gc.freeze()


def give_back_memory() -> None:
    """Return free memory to the system, where the C library can: preloading leaves it behind."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # it is glibc's own
        trim(0)
