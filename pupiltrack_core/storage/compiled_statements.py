"""Statements compiled once for a process, and for every process forked from it.

SQLAlchemy keeps what it compiles for each engine apart. A page's process makes an engine of its
own, uses each statement once or twice and ends; compiling them took a quarter of the time its
queries took. Here all engines of a kind share what was compiled, also before a fork.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from sqlalchemy import Compiled, Dialect

# More than there are statements; one that varies with its input would otherwise fill memory.
MOST_STATEMENTS = 800

Key = tuple[Dialect, Any, tuple[str, ...], bool, bool]


class CompiledStatements(MutableMapping[Key, Compiled]):
    """What `compiled_cache` of SQLAlchemy's execution options takes.

    SQLAlchemy's keys begin with the engine's own dialect object. What a statement is compiled to
    depends on the kind of database, its driver and its version only, so those stand for it here;
    before the first connection the version is not known, and nothing is kept for others.
    """

    def __init__(self, most: int = MOST_STATEMENTS) -> None:
        self._most = most
        self._statements: dict[tuple[Any, ...], Compiled] = {}

    def __getitem__(self, key: Key) -> Compiled:
        return self._statements[_shared(key)]

    def __setitem__(self, key: Key, compiled: Compiled) -> None:
        if len(self._statements) >= self._most:
            self._statements.clear()
        self._statements[_shared(key)] = compiled

    def __delitem__(self, key: Key) -> None:
        del self._statements[_shared(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(tuple(self._statements))

    def clear(self) -> None:
        """Forget them all."""
        self._statements.clear()

    def __len__(self) -> int:
        return len(self._statements)


def _shared(key: Key) -> tuple[Any, ...]:
    dialect, *rest = key
    version = getattr(dialect, "server_version_info", None)
    # On SQLite the version is that of the library in this process.
    if version is None and dialect.name != "sqlite":
        return key
    return (dialect.name, dialect.driver, version, *rest)


COMPILED_STATEMENTS = CompiledStatements()
