"""What a page may ask about its own kernel, and the farewell that ends it."""

from __future__ import annotations

from typing import Any, cast

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.identity import PortalUser
from pupiltrack_portal.server.kernel_manager import PortalKernelManager
from pupiltrack_portal.server.kernel_ownership import OwnedKernel


class OwnKernelsOnly(Authorizer):
    """Lets a person reach the kernels of their own session and nothing else of Jupyter's."""

    def is_authorized(
        self, handler: JupyterHandler, user: object, action: str, resource: str
    ) -> bool:
        """Whether the request is for one of the person's own kernels."""
        kernel_id = handler.path_kwargs.get("kernel_id") or next(iter(handler.path_args), None)
        return (
            resource == "kernels"
            and isinstance(user, PortalUser)
            and isinstance(kernel_id, str)
            and cast(Any, self.parent).register.is_owned_by(kernel_id, user.principal.session_id)
        )


class KernelHandler(PortalHandler):
    """`/api/kernels/<id>`: whether the kernel is there."""

    answers_json = True

    async def get(self, kernel_id: str) -> None:
        """Return the kernel's id, name and state; 404 for one that is not the person's own."""
        owned = self.require_own(kernel_id)
        kernel = cast(Any, self.kernel_manager.get_kernel(kernel_id))
        self.answer_json(
            {
                "id": kernel_id,
                "name": kernel.kernel_name,
                "execution_state": kernel.execution_state or "starting",
                "connections": len(owned.sockets),
                "last_activity": kernel.last_activity.isoformat(),
            }
        )

    async def delete(self, kernel_id: str) -> None:
        """End the kernel. 404 for one that is not the person's own."""
        await self.end(kernel_id)

    async def end(self, kernel_id: str) -> None:
        """End the person's own kernel and answer that it is done."""
        self.require_own(kernel_id)
        await cast(PortalKernelManager, self.kernel_manager).end_kernel(kernel_id)
        self.set_status(204)
        await self.finish()

    def require_own(self, kernel_id: str) -> OwnedKernel:
        """Return the kernel. Raises 404 unless it runs and is of the person's own session."""
        owned = self.register.find(kernel_id)
        if (
            owned is None
            or owned.session_id != self.user.principal.session_id
            or kernel_id not in self.kernel_manager
        ):
            raise HTTPError(404)
        return owned


class FarewellHandler(KernelHandler):
    """`/api/kernels/<id>/farewell`: what a page sends as it is left."""

    async def get(self, kernel_id: str) -> None:
        """Nothing is ended by a GET."""
        raise HTTPError(405)

    delete = get

    async def post(self, kernel_id: str) -> None:
        """End the kernel of the page that is being left."""
        await self.end(kernel_id)
