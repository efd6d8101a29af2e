"""Whether opening and leaving pages, over and over, leaves anything behind.

`python -m benchmarks leaks` opens 2,000 pages of the served portal one after another, each read to
its end and left with a farewell, some of them with their socket open meanwhile. Every 50 pages it
counts what there is. It writes `build/leaks.json` and the picture in the documentation.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression

import psutil

from benchmarks import year_group
from benchmarks.portal import Portal, running
from benchmarks.visits import hold, signed_in
from tests.served.client import Browser

HERE = Path(__file__).parent
PICTURE = HERE.parent / "docs" / "pictures" / "leaks.svg"
CYCLES, EVERY = 2000, 50
WITH_SOCKET = 5  # one in so many pages connects to its kernel
PAGES = ("home", "assessments", "full-report", "venn", "pupils", "submissions")
# Pages in which whatever is made once, at the first use of a page, is made.
SETTLING = 4 * EVERY
_SECONDS_TO_SETTLE = 2.0
# A leak is what goes on: what each page would have to leave for it to count, in MB or pieces.
_MOST_A_THOUSAND = {
    "processes": 0.5,
    "server_descriptors": 2.0,
    "supervisor_descriptors": 2.0,
    "files": 0.5,
    "server_uss": 8.0,
    "supervisor_uss": 8.0,
}
_WORDS = {
    "processes": "processes, the portal's own among them",
    "server_descriptors": "open descriptors of the server",
    "supervisor_descriptors": "open descriptors of the process kernels fork from",
    "files": "files and sockets in the private folder",
    "server_rss": "memory of the server, MB",
    "server_uss": "memory of the server alone, MB",
    "supervisor_rss": "memory of the process kernels fork from, MB",
    "supervisor_uss": "memory of that process alone, MB",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What there was when so many pages had been opened and left. Memory is in MB."""

    pages: int
    seconds: float
    processes: int
    server_descriptors: int
    supervisor_descriptors: int
    files: int
    server_rss: float
    server_uss: float
    supervisor_rss: float
    supervisor_uss: float


def run(folder: Path, *, cycles: int = CYCLES) -> int:
    """Open and leave so many pages, write what was seen, print it; 1 when something grew."""
    samples = list(_samples(cycles))
    folder.mkdir(exist_ok=True)
    content = {"samples": [asdict(sample) for sample in samples]}
    (folder / "leaks.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if cycles >= CYCLES:
        draw(samples, PICTURE)
    grown = growth(samples)
    print(describe(samples, grown))
    leaking = [name for name, most in _MOST_A_THOUSAND.items() if grown[name] > most]
    print(f"Leaking: {', '.join(leaking) or 'nothing'}.")
    return 1 if leaking else 0


def growth(samples: Sequence[Sample]) -> dict[str, float]:
    """Return how much each figure grew in a thousand pages: its least squares line, once settled.

    0 for everything where fewer than three samples are left.
    """
    settled = [sample for sample in samples if sample.pages >= SETTLING]
    if len(settled) < 3:
        return dict.fromkeys(_WORDS, 0.0)
    across = [float(sample.pages) for sample in settled]
    return {
        name: 1000 * linear_regression(across, [float(getattr(s, name)) for s in settled]).slope
        for name in _WORDS
    }


def describe(samples: Sequence[Sample], grown: dict[str, float]) -> str:
    """Return the picture in words: each figure at the start and the end, and its growth."""
    first, last = samples[0], samples[-1]
    lines = [f"| | at the start | after {last.pages:,} pages | growth in a thousand |"]
    lines.append("|---|---|---|---|")
    for name, words in _WORDS.items():
        start, end = getattr(first, name), getattr(last, name)
        lines.append(f"| {words} | {start:,.4g} | {end:,.4g} | {grown[name]:+.2f} |")
    return "\n".join(lines)


def draw(samples: Sequence[Sample], path: Path) -> None:
    """Draw the figures over the pages opened, as a small SVG that is the same for the same."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.6), layout="constrained")
    across = [sample.pages for sample in samples]
    panels = (
        ("Processes and files left", ("processes", "files"), ("processes", "files and sockets")),
        (
            "Open descriptors",
            ("server_descriptors", "supervisor_descriptors"),
            ("server", "fork server"),
        ),
        ("Memory of the server, MB", ("server_rss", "server_uss"), ("all", "its own")),
        ("Memory of the fork server, MB", ("supervisor_rss", "supervisor_uss"), ("all", "its own")),
    )
    for axes, (title, names, words) in zip(figure.subplots(2, 2).flat, panels, strict=True):
        for name, label, style in zip(names, words, ("-", "--"), strict=True):
            axes.plot(across, [getattr(s, name) for s in samples], style, label=label)
        axes.set_title(title, fontsize=10)
        axes.set_ylim(0, 1.4 * axes.get_ylim()[1])  # room for the legend
        axes.legend(fontsize=8, frameon=False, loc="upper left", ncols=2)
    figure.supxlabel("pages opened and left", fontsize=9)
    with mpl.rc_context({"svg.hashsalt": "leaks", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})


def _samples(cycles: int) -> Iterator[Sample]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notebooks = Path(shutil.copytree(HERE.parent / "notebooks", folder / "notebooks"))
        url = year_group.make_year_group(folder / "year-group.sqlite")
        with running(url, folder / "portal", notebooks, most_pages=40) as portal:
            visitor = signed_in(portal.port, year_group.ENTERER)
            start = time.monotonic()
            _visit(visitor, 0)  # the process that kernels are forked from is there now
            portal.wait_for_kernels(0)
            for done in range(cycles + 1):
                if done % EVERY == 0:
                    sample = _look(portal, done, time.monotonic() - start)
                    print(sample, flush=True)
                    yield sample
                _visit(visitor, done)


def _visit(visitor: Browser, number: int) -> None:
    held = hold(
        visitor,
        f"/{PAGES[number % len(PAGES)]}?{year_group.ADDRESS}",
        connected=number % WITH_SOCKET == 0,
    )
    held.leave()


def _look(portal: Portal, pages: int, seconds: float) -> Sample:
    portal.wait_for_kernels(0)
    time.sleep(_SECONDS_TO_SETTLE)
    server = psutil.Process(portal.process.pid)
    supervisor, private_folder = portal.supervisor()
    return Sample(
        pages=pages,
        seconds=round(seconds, 1),
        processes=1 + len(server.children(recursive=True)),
        server_descriptors=server.num_fds(),
        supervisor_descriptors=supervisor.num_fds(),
        files=sum(1 for _ in private_folder.rglob("*")),
        server_rss=_megabytes(server, "rss"),
        server_uss=_megabytes(server, "uss"),
        supervisor_rss=_megabytes(supervisor, "rss"),
        supervisor_uss=_megabytes(supervisor, "uss"),
    )


def _megabytes(process: psutil.Process, kind: str) -> float:
    taken: Callable[[], object] = process.memory_full_info
    return round(getattr(taken(), kind) / 1024**2, 2)
