"""Pages opened without a browser: asked for over HTTP to their end, held by a socket, left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from websockets.sync.client import ClientConnection

from benchmarks import year_group
from benchmarks.portal import kernel_of
from tests.served.client import Browser

# A portal that lets so many pages be open lets one person have a quarter of them, eight a device.
MOST_PAGES = 120
_DEVICES = 3
_PAUSE = 0.1  # seconds between looks at what has come


@dataclass(frozen=True)
class Held:
    """A page of the portal that is open, and that nobody looks at."""

    visitor: Browser
    kernel_id: str
    socket: ClientConnection | None

    def leave(self) -> None:
        """Go away from the page as its script does."""
        if self.socket is not None:
            self.socket.close()
        answer = self.visitor.post(f"/api/kernels/{self.kernel_id}/farewell")
        if answer.status != 204:
            raise RuntimeError(f"A farewell was answered with {answer.status}.")


def hold(visitor: Browser, path: str, *, connected: bool = True) -> Held:
    """Open a page to the end of its HTML, and connect to its kernel; draw nothing."""
    answer = visitor.get(path)
    kernel_id = kernel_of(answer.text)
    if answer.status != 200 or kernel_id is None:
        raise RuntimeError(f"{path} was answered with {answer.status}, kernel {kernel_id}.")
    return Held(visitor, kernel_id, visitor.socket(kernel_id) if connected else None)


@contextmanager
def holding(visitors: Sequence[Browser], paths: Sequence[str]) -> Iterator[list[Held]]:
    """Hold these pages open, the visitors in turn, and leave them at the end.

    What they are sent meanwhile is read and dropped: a page that reads nothing loses its line.
    """
    held: list[Held] = []
    is_over = threading.Event()
    reader = threading.Thread(target=_read_all, args=(held, is_over))
    try:
        for number, path in enumerate(paths):
            held.append(hold(visitors[number % len(visitors)], path))
        reader.start()
        yield held
    finally:
        is_over.set()
        if reader.is_alive():
            reader.join()
        for each in held:
            each.leave()


def _read_all(held: Sequence[Held], is_over: threading.Event) -> None:
    while not is_over.wait(_PAUSE):
        for each in held:
            with suppress(TimeoutError):
                while each.socket is not None:
                    each.socket.recv(timeout=0)


def visits_a_second(visit: Callable[[], object], *, clients: int, seconds: float) -> float:
    """Return how many visits a second so many clients made who begin the next at once.

    What was begun is finished, and counts with the time it took.
    """
    done = [0] * clients
    faults: list[Exception] = []
    start = time.monotonic()

    def go_on(number: int) -> None:
        while time.monotonic() - start < seconds and not faults:
            try:
                visit()
            except Exception as error:  # noqa: BLE001 - raised below, in the thread that asked
                faults.append(error)
            done[number] += 1

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return sum(done) / (time.monotonic() - start)


def crowd(port: int) -> list[Browser]:
    """Sign in as many people, on as many devices, as it takes to have most pages open."""
    people = [name for name in year_group.CROWD for _ in range(_DEVICES)]
    return [signed_in(port, name) for name in people]


def signed_in(port: int, person: str) -> Browser:
    """Sign in as this person, on a device of their own."""
    visitor = Browser(port)
    answer = visitor.sign_in(person, year_group.PASSWORD)
    if answer.status != 303:
        raise RuntimeError(f"{person} could not sign in: {answer.status}.")
    return visitor
