"""The small page for Solara."""

from __future__ import annotations

import solara

from benchmarks.small_page import data

pupils = data.load_pupils()


@solara.component
def Page() -> None:  # noqa: N802 - the name Solara looks for
    """Show the page."""
    choice, choose = solara.use_state(data.ALL)
    shown = data.choose(pupils, choice)
    solara.Title(data.TITLE)
    solara.Select("Pupils", values=list(data.CHOICES), value=choice, on_value=choose)
    solara.Markdown(data.label(shown))
    solara.DataFrame(shown)
    solara.FigureMatplotlib(data.draw_venn(shown), dependencies=[choice])
