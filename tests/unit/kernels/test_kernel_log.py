"""What reaches a kernel's log of what other libraries say."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from pupiltrack_portal.kernels.kernel_log import keep_values_out_of_logs


@pytest.fixture(autouse=True)
def usual_records_afterwards() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


def test_keep_values_out_of_logs_leaves_place_and_kind(caplog: pytest.LogCaptureFixture) -> None:
    keep_values_out_of_logs()
    try:
        raise ValueError("Sm1th")  # noqa: TRY301
    except ValueError:
        logging.getLogger("library").exception("got %s", "Sm1th", stack_info=True)
    logging.getLogger("library").warning("got Sm1th")
    assert "Sm1th" not in caplog.text
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith("at test_kernel_log.py:")
    assert first.endswith(": ValueError")
    assert second.startswith("at test_kernel_log.py:")


def test_keep_values_out_of_logs_leaves_our_own_alone(caplog: pytest.LogCaptureFixture) -> None:
    keep_values_out_of_logs()
    logging.getLogger("pupiltrack_portal.pages").warning("Reference %s", "ABCD")
    assert caplog.messages == ["Reference ABCD"]
