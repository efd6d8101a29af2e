"""What opening a page leaves behind when it fails."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pupiltrack_core.access import Membership, Principal, Role
from pupiltrack_core.errors import StorageUnavailable
from pupiltrack_portal.server.kernel_ownership import KernelRegister
from pupiltrack_portal.server.page_handler import PageHandler


class SilentDesk:
    """A desk whose database does not answer."""

    async def touch(self, session_id: int) -> None:
        """Fail."""
        raise StorageUnavailable("The database does not answer. Nothing was changed.")


def test_get_without_database_holds_no_room() -> None:
    register = KernelRegister(most=9, most_per_session=9, most_per_person=99)
    principal = Principal(1, 1, "u", "U", (Membership(Role.TEACHER, 1, 1),))
    handler = SimpleNamespace(
        user=SimpleNamespace(principal=principal),
        settings={"notebooks": SimpleNamespace(load=lambda page: page)},
        register=register,
        desk=SilentDesk(),
    )
    with pytest.raises(StorageUnavailable):
        asyncio.run(PageHandler.get(cast(Any, handler), "home"))
    assert len(register) == 0
