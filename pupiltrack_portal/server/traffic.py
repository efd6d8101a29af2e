"""How much a page may send in a while."""

from __future__ import annotations

from collections import deque

WINDOW_SECONDS = 30.0
MOST_BYTES_IN_WINDOW = 40 * 1024 * 1024
MOST_MESSAGES_IN_WINDOW = 3000


class Traffic:
    """What a page has sent lately by all its sockets, so that it cannot keep others waiting."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int]] = deque()
        self._bytes = 0

    def is_too_much(self, size: int, *, now: float) -> bool:
        """Count a message of `size` bytes; whether the last half minute's are now too many."""
        self._sent.append((now, size))
        self._bytes += size
        while self._sent and self._sent[0][0] < now - WINDOW_SECONDS:
            self._bytes -= self._sent.popleft()[1]
        return self._bytes > MOST_BYTES_IN_WINDOW or len(self._sent) > MOST_MESSAGES_IN_WINDOW
