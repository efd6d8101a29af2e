"""The small page for Voila as it comes: ipywidgets, ipydatagrid, a picture."""

from __future__ import annotations

import io

import ipywidgets
from ipydatagrid import DataGrid
from pandas import DataFrame

from benchmarks.small_page import data


def small_page() -> ipywidgets.Widget:
    """Return the page."""
    pupils = data.load_pupils()
    choice = ipywidgets.Dropdown(options=data.CHOICES, description="Pupils")
    count = ipywidgets.HTML(data.label(pupils))
    grid = DataGrid(pupils, layout={"height": "420px"})
    venn = ipywidgets.Image(value=_picture(pupils), format="png")

    def show(_change: object) -> None:
        shown = data.choose(pupils, choice.value)
        grid.data = shown
        venn.value = _picture(shown)
        count.value = data.label(shown)

    choice.observe(show, "value")
    return ipywidgets.VBox([ipywidgets.HBox([choice, count]), grid, venn])


def _picture(pupils: DataFrame) -> bytes:
    png = io.BytesIO()
    data.draw_venn(pupils).savefig(png, format="png")
    return png.getvalue()
