"""What the server's process must never hold in memory."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("pandas", "numpy", "matplotlib", "ipywidgets", "ipydatagrid", "openpyxl", "typst")


def test_server_import_loads_no_heavy_library() -> None:
    code = (
        "import sys, pupiltrack_portal.server.app, pupiltrack_portal.server.portal; "
        f"sys.exit(' '.join(name for name in {HEAVY!r} if name in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
