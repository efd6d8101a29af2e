"""Who makes the files of a batch: processes of this machine, or workers of a Dask scheduler.

Both take the tasks one by one and give back what was made as it is ready, so that what is in memory
does not grow with the batch.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing import get_context
from typing import Any, Protocol

from pupiltrack_core.errors import ConfigurationError, PupilTrackError, UserFacingError
from pupiltrack_core.reports.batch_making import (
    MadeSchool,
    SchoolTask,
    begin_process,
    make_school,
    not_made,
)

# For each process one school under way and one that waits for it.
_AHEAD = 2
_KILLED = (
    "The process that was making it was ended from outside, twice: perhaps the machine ran out of "
    "memory. The other files were made; run the batch again for this one."
)
_LOST = (
    "The processes that make the reports are ended one after the other, perhaps because the "
    "machine has too little memory. What was made stays; free some memory and run the same batch "
    "again."
)
_MOST_GIVEN_UP = 3  # one after the other
_SECONDS_TO_CONNECT = 10


class WorkersLost(UserFacingError):
    """No process lasts long enough to make a school's files."""


class Workers(Protocol):
    """What makes the files of many schools."""

    def make(self, tasks: Iterable[SchoolTask]) -> Generator[MadeSchool, None, None]:
        """Yield what became of each task, in no order; closing the iterator ends the work."""


class LocalProcesses:
    """Processes on this machine, each with a database connection and a typesetter of its own."""

    def __init__(self, database_url: str, *, processes: int | None = None) -> None:
        """`processes` is one for each processor that may be used unless told."""
        self._url = database_url
        self._processes = processes or len(os.sched_getaffinity(0))

    def make(self, tasks: Iterable[SchoolTask]) -> Generator[MadeSchool, None, None]:
        """Yield what became of each task; see `Workers`.

        When a process is killed, the tasks that were under way are done again one by one, and one
        that is cut off by itself is given up: nothing else is made to suffer for it.
        """
        pending = iter(tasks)
        suspects: deque[SchoolTask] = deque()
        running: dict[Future[MadeSchool], SchoolTask] = {}
        given_up = 0
        pool = self._pool()
        try:
            while True:
                alone = suspects.popleft() if suspects else None
                room = 1 if alone else self._processes * _AHEAD
                cut_off: list[SchoolTask] = []
                while len(running) < room and not cut_off:
                    task = alone or next(pending, None)
                    if task is None:
                        break
                    try:
                        running[pool.submit(make_school, task, self._url)] = task
                    except BrokenProcessPool:
                        cut_off.append(task)
                if not running and not cut_off:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    task = running.pop(future)
                    try:
                        made = future.result()
                    except BrokenProcessPool:
                        cut_off.append(task)
                        continue
                    given_up = 0
                    yield made
                if not cut_off:
                    continue
                cut_off += running.values()  # what is under way ends with the pool
                running.clear()
                pool.shutdown(wait=False, cancel_futures=True)
                pool = self._pool()
                if alone is None:
                    suspects.extend(cut_off)
                    continue
                given_up += 1
                if given_up == _MOST_GIVEN_UP:
                    raise WorkersLost(_LOST)
                yield not_made(alone, _KILLED)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _pool(self) -> ProcessPoolExecutor:
        # Started anew, not forked: neither connections nor threads must be shared.
        return ProcessPoolExecutor(
            self._processes,
            mp_context=get_context("spawn"),
            initializer=begin_process,
            initargs=(self._url,),
        )


class SchedulerWorkers:
    """The workers of a Dask scheduler, on whatever machines they are.

    Each reads the database's address from its own settings: no password travels.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def make(self, tasks: Iterable[SchoolTask]) -> Generator[MadeSchool, None, None]:
        """Yield what became of each task; see `Workers`.

        Raises `ConfigurationError` where Dask is not installed, or nothing answers at the address.
        """
        try:
            distributed: Any = import_module("distributed")
        except ImportError as error:
            raise ConfigurationError(
                "A scheduler needs Dask: install PupilTrack with its extra for clusters, "
                'pip install "pupiltrack[cluster]".'
            ) from error
        try:
            client = distributed.Client(
                self._address, timeout=_SECONDS_TO_CONNECT, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"No scheduler answers at {self._address}. Start one with `dask scheduler` and "
                "workers with `dask worker`, or leave out --scheduler."
            ) from error
        with client:
            pending = iter(tasks)
            under_way: dict[Any, SchoolTask] = {}
            results = distributed.as_completed(loop=client.loop)
            for _ in range(max(1, len(client.ncores())) * _AHEAD):
                self._submit(client, results, under_way, pending)
            for future in results:
                task = under_way.pop(future.key)
                fault = future.exception()
                if fault is None:
                    made = future.result()
                elif isinstance(fault, PupilTrackError):
                    raise fault
                else:
                    made = not_made(task, _KILLED)
                future.release()
                yield made
                self._submit(client, results, under_way, pending)

    def _submit(
        self,
        client: Any,
        results: Any,
        under_way: dict[Any, SchoolTask],
        pending: Iterator[SchoolTask],
    ) -> None:
        task = next(pending, None)
        if task is None:
            return
        # Not pure: the same task later may find other data.
        future = client.submit(make_school, task, pure=False, retries=0)
        under_way[future.key] = task
        results.add(future)
