"""Runs a page's notebook in a kernel, with the environment the server would give it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

from pupiltrack_core.settings import Settings, page_environment
from pupiltrack_portal.kernels.kernelspec import KERNEL_NAME
from pupiltrack_portal.server.kernel_environment import kernel_environment

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SECONDS = 60


@dataclass
class Shown:
    """What a browser would have: the outputs of the cells, and the widgets by id."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    widgets: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, name: str) -> list[dict[str, Any]]:
        """Return the states of the widgets on view of one of our classes, or of a model name."""
        return [state for key, state in self.on_view() if name in (key, state.get("_model_name"))]

    def on_view(self) -> list[tuple[str, dict[str, Any]]]:
        """Return (class name, state) of every widget at or under the one the notebook shows."""
        found: list[tuple[str, dict[str, Any]]] = []
        for model_id in self._roots():
            self._walk(model_id, found)
        return found

    def id_of(self, class_name: str, name: str) -> str:
        """Return the id of the form of this name."""
        (found,) = [
            model_id
            for model_id, state in self.widgets.items()
            if _class_of(state) == class_name and state.get("spec", {}).get("name") == name
        ]
        return found

    def messages(self) -> list[dict[str, str]]:
        """Return what the page says in its place for messages."""
        return [message for state in self.of("Notice") for message in state["messages"]]

    def _roots(self) -> list[str]:
        view = "application/vnd.jupyter.widget-view+json"
        return [
            output["data"][view]["model_id"]
            for output in self.outputs
            if view in output.get("data", {})
        ]

    def _walk(self, model_id: str, found: list[tuple[str, dict[str, Any]]]) -> None:
        state = self.widgets[model_id]
        found.append((_class_of(state), state))
        for child in state.get("children", ()):
            self._walk(child.removeprefix("IPY_MODEL_"), found)


def run_page(
    page: str,
    address: str,
    ticket: str,
    folder: Path,
    *,
    query: str = "",
    notebook: str = "",
    kernels: KernelSpecManager | None = None,
) -> Shown:
    """Run a page's notebook to its end and return what it shows; see `running` for `kernels`."""

    async def run() -> Shown:
        environment = environment_of(page, address, ticket, query)
        async with running(notebook or page, environment, folder, kernels) as (_, shown):
            return shown

    return asyncio.run(run())


def environment_of(page: str, address: str, ticket: str, query: str) -> Mapping[str, str]:
    """Return the environment the server gives the kernel of a page."""
    return kernel_environment(
        os.environ,
        settings=Settings(database_url=address).kernel_environment(),
        page=page_environment(page=page, ticket=ticket),
        query=query,
    )


@asynccontextmanager
async def running(
    notebook: str,
    environment: Mapping[str, str],
    folder: Path,
    kernels: KernelSpecManager | None = None,
) -> AsyncIterator[tuple[NotebookClient, Shown]]:
    """Run a notebook and keep its kernel for what comes next.

    `kernels` knows kernels that are forked, as the server's are; without it, it is an ordinary one,
    which has all there is to load before it.
    """
    content = nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4)
    manager = None
    if kernels is not None:
        manager = AsyncKernelManager(kernel_name=KERNEL_NAME, kernel_spec_manager=kernels)
    client = NotebookClient(
        content,
        km=manager,
        kernel_name="python3",
        timeout=SECONDS,
        resources={"metadata": {"path": str(folder)}},
    )
    async with client.async_setup_kernel(env=dict(environment), cleanup_kc=True):
        shown = Shown()
        for index, cell in enumerate(content.cells):
            if cell.cell_type == "code":
                await client.async_execute_cell(cell, index)
                shown.outputs += cell.outputs
        shown.widgets = client.widget_state
        yield client, shown


async def send(client: NotebookClient, model_id: str, content: Mapping[str, Any]) -> None:
    """Send a widget a message as a browser does, and take in what the kernel answers."""
    data = {"method": "custom", "content": dict(content)}
    message = client.kc.session.msg("comm_msg", {"comm_id": model_id, "data": data})
    client.kc.shell_channel.send(message)
    while True:
        reply = await client.kc.get_iopub_msg(timeout=SECONDS)
        if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        if reply["msg_type"] == "comm_open":
            opened = reply["content"]
            client.widget_state[opened["comm_id"]] = dict(opened["data"]["state"])
        elif reply["msg_type"] == "comm_msg" and reply["content"]["data"]["method"] == "update":
            changed = reply["content"]
            client.widget_state[changed["comm_id"]].update(changed["data"]["state"])
        elif reply["msg_type"] == "status" and reply["content"]["execution_state"] == "idle":
            return
        elif reply["msg_type"] in ("error", "stream"):
            raise AssertionError(f"The kernel said: {reply['content']}")


def _class_of(state: Mapping[str, Any]) -> str:
    own = str(state.get("_anywidget_id", ""))
    return own.rsplit(".", 1)[-1] or str(state.get("_model_name", ""))
