"""Forked kernels under the kernel manager a Jupyter server, and so Voila, uses."""

from __future__ import annotations

import asyncio
import os

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets.config import Config


def test_mapping_kernel_manager_starts_and_ends_forked_kernels(
    supervisor, find_specs, evaluate, tmp_path
):
    client_class = "pupiltrack_portal.kernels.readiness.PromptKernelClient"

    async def scenario():
        kernels = AsyncMappingKernelManager(
            kernel_spec_manager=find_specs(supervisor),
            connection_dir=str(tmp_path),
            root_dir=str(tmp_path),
            config=Config({"KernelManager": {"client_class": client_class}}),
        )
        kernel_id = await kernels.start_kernel(
            kernel_name="pupiltrack", path="", env={"PAGE": "home", "HOME": str(tmp_path)}
        )
        manager = kernels.get_kernel(kernel_id)
        assert manager.provisioner.is_forked
        client = manager.client()
        assert type(client).__name__ == "PromptKernelClient"
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        assert await evaluate(client, "os.environ['PAGE']", setup="import os") == "home"
        assert await evaluate(client, "os.getcwd()") == str(tmp_path)
        client.stop_channels()
        pid = manager.provisioner.pid
        await kernels.shutdown_kernel(kernel_id)
        assert kernel_id not in kernels
        assert not os.path.exists(f"/proc/{pid}")
        assert list(tmp_path.glob("*.json")) == []

    asyncio.run(scenario())
