"""The small page for Panel, run by `panel serve` for each session."""

from __future__ import annotations

import panel as pn

from benchmarks.small_page import data

pn.extension("tabulator")

pupils = pn.state.as_cached("pupils", data.load_pupils)
choice = pn.widgets.Select(name="Pupils", options=list(data.CHOICES))
count = pn.pane.Markdown(data.label(pupils))
table = pn.widgets.Tabulator(pupils, height=420, show_index=False, disabled=True)
venn = pn.pane.Matplotlib(data.draw_venn(pupils))


def show(_event: object) -> None:
    """Show the pupils of the choice."""
    shown = data.choose(pupils, choice.value)
    table.value = shown
    venn.object = data.draw_venn(shown)
    count.object = data.label(shown)


choice.param.watch(show, "value")
pn.Column(pn.Row(choice, count), table, venn, sizing_mode="stretch_width").servable(data.TITLE)
