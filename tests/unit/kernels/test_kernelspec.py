"""The kernelspec the server writes."""

from __future__ import annotations

import json
import sys

from pupiltrack_portal.kernels.kernelspec import DirectoryKernelSpecManager, write_kernelspec


def test_write_kernelspec_is_found_and_names_provisioner_and_socket(tmp_path):
    folder = write_kernelspec(tmp_path, socket_path=tmp_path / "run" / "supervisor")
    assert folder == tmp_path / "pupiltrack"
    manager = DirectoryKernelSpecManager(directory=str(tmp_path))
    assert list(manager.find_kernel_specs()) == ["pupiltrack"]
    spec = manager.get_kernel_spec("pupiltrack")
    assert spec.metadata["kernel_provisioner"] == {
        "provisioner_name": "fork-provisioner",
        "config": {"socket_path": str(tmp_path / "run" / "supervisor")},
    }
    assert spec.argv[:3] == [sys.executable, "-m", "ipykernel_launcher"]
    assert spec.interrupt_mode == "signal"


def test_write_kernelspec_again_replaces_the_file_and_leaves_no_other(tmp_path):
    write_kernelspec(tmp_path, socket_path="/run/one")
    folder = write_kernelspec(tmp_path, socket_path="/run/two", display_name="Two")
    assert [path.name for path in folder.iterdir()] == ["kernel.json"]
    assert json.loads((folder / "kernel.json").read_text())["display_name"] == "Two"
