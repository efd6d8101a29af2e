"""What becomes of a record that two people changed at the same time, field by field.

A record is a dataclass whose fields are plain values, other records, or rows with keys (fields
marked with `ROWS`). A path leads to one value: names of fields, and keys of rows.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar


class _Record(Protocol):
    """An instance of any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Path = tuple[str, ...]
R = TypeVar("R", bound=_Record)


@dataclass(frozen=True, slots=True)
class Clash:
    """A value that both changed, each to something else."""

    path: Path
    yours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged(Generic[R]):
    """The record with the changes of both; where they clash it holds theirs."""

    record: R
    clashes: tuple[Clash, ...] = ()


def merge(base: R, mine: R, theirs: R) -> Merged[R]:
    """Return the record with the changes from `base` to `mine` and from `base` to `theirs`.

    A row that one deleted is gone, unless the other wrote in it since. New rows of mine stand last.
    """
    clashes: list[Clash] = []
    record = _merge_records(base, mine, theirs, (), clashes)
    return Merged(record, tuple(clashes))


def value_at(record: Any, path: Path) -> Any:
    """Return what a path leads to; raise LookupError where a row on it is not there."""
    if not path:
        return record
    name, *rest = path
    held = getattr(record, name)
    if not _holds_rows(record, name):
        return value_at(held, tuple(rest))
    if not rest:
        return held
    key, *rest = rest
    return value_at(_by_key(held)[key], tuple(rest))


def put_at(record: R, path: Path, value: Any) -> R:
    """Return the record with another value at the end of the path.

    Raise LookupError where a row on it is not there.
    """
    name, *rest = path
    held = getattr(record, name)
    if rest and _holds_rows(record, name):
        key, *inner = rest
        found = _by_key(held)[key]
        put = put_at(found, tuple(inner), value)
        value = tuple(put if row is found else row for row in held)
    elif rest:
        value = put_at(held, tuple(rest), value)
    return replace(record, **{name: value})


def _merge_records(base: Any, mine: Any, theirs: Any, path: Path, clashes: list[Clash]) -> Any:
    merged = {}
    for item in fields(theirs):
        was = None if base is None else getattr(base, item.name)
        yours, others = getattr(mine, item.name), getattr(theirs, item.name)
        here = (*path, item.name)
        if _holds_rows(theirs, item.name):
            merged[item.name] = _merge_rows(was or (), yours, others, here, clashes)
        elif is_dataclass(others):
            merged[item.name] = _merge_records(was, yours, others, here, clashes)
        elif yours in (others, was) or (base is None and not yours):
            merged[item.name] = others
        elif others == was or (base is None and not others):
            merged[item.name] = yours
        else:
            merged[item.name] = others
            clashes.append(Clash(here, yours, others))
    return replace(theirs, **merged)


def _merge_rows(base: Any, mine: Any, theirs: Any, path: Path, clashes: list[Clash]) -> Any:
    were, yours, others = _by_key(base), _by_key(mine), _by_key(theirs)
    merged = []
    for key, row in others.items():
        if key in yours:
            here = (*path, key)
            merged.append(_merge_records(were.get(key), yours[key], row, here, clashes))
        elif were.get(key) != row:
            merged.append(row)
    for key, row in yours.items():
        if key not in others and were.get(key) != row:
            merged.append(row)
    return tuple(merged)


def _by_key(rows: Any) -> dict[str, Any]:
    return {row.key: row for row in rows}


def _holds_rows(record: Any, name: str) -> bool:
    return any(item.name == name and "rows" in item.metadata for item in fields(record))
