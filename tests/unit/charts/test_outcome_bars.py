"""Tests of the stacked bars."""

from xml.etree.ElementTree import Element

import pandas as pd
import pytest
from defusedxml.ElementTree import fromstring

from pupiltrack_core.charts.outcome_bars import (
    describe_outcomes,
    plot_key,
    plot_lone_bars,
    plot_outcome_bars,
)

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = ["pupils", "below", "towards", "on_track", "deeper", "mixed", "no_data"]


def summary(*rows: tuple) -> pd.DataFrame:
    """Rows of (subject, pupils, below, towards, on_track, deeper, mixed, no_data, not_on_track)."""
    return pd.DataFrame(rows, columns=["subject", *COUNTS, "not_on_track"])


READING = ("READ", 40, 4, 6, 18, 10, pd.NA, 2, 10)
# 40 = 15 not on track (1 Below and 3 Towards in all, 11 otherwise) + 20 on track + 5 without
TOGETHER = ("RWM", 40, 1, 3, 8, 4, 8, 5, 15)


def bars(svg: str) -> list[list[Element]]:
    root = fromstring(svg)
    rows = [g for g in root.iter(f"{SVG}g") if g.attrib.get("class") == "bars-row"]
    return [[r for r in row.iter(f"{SVG}rect") if r.attrib.get("height") == "24"] for row in rows]


def test_plot_outcome_bars_parts_are_as_long_as_their_share():
    (parts,) = bars(plot_outcome_bars(summary(READING), title="Year 4").svg)
    # the bar is 440 long: 4, 6, 18, 10 and 2 of 40
    assert [float(part.attrib["width"]) for part in parts] == [44, 66, 198, 110, 22]


def test_plot_outcome_bars_of_the_three_together_fill_the_bar():
    chart = plot_outcome_bars(summary(READING, TOGETHER), title="Year 4")
    _, parts = bars(chart.svg)
    assert sum(float(part.attrib["width"]) for part in parts) == pytest.approx(440)
    assert len(parts) == 7
    assert "Not on track, levels mixed" in chart.svg
    assert "Not on track, levels mixed 11 (28\u202f%)" in chart.text  # 11/40 is 27.5 %


def test_plot_lone_bars_are_the_bars_of_the_rows_with_their_figures_in_words():
    drawn = plot_lone_bars(summary(READING, TOGETHER))
    assert list(drawn) == ["READ", "RWM"]
    lengths = [
        float(part.attrib["width"])
        for part in fromstring(drawn["READ"].svg).iter(f"{SVG}rect")
        if part.attrib.get("height") == "24"
    ]
    # the bar is 216 long: 4, 6, 18, 10 and 2 of 40
    assert lengths == pytest.approx([21.6, 32.4, 97.2, 54, 10.8])
    assert "Reading" not in drawn["READ"].svg
    assert drawn["READ"].text.startswith("Below 4 (10\u202f%), Towards 6 (15\u202f%), ")
    assert drawn["READ"].text.endswith("of 40.")


def test_plot_lone_bars_have_patterns_of_their_own():
    drawn = plot_lone_bars(summary(READING, ("WRIT", *READING[1:])))
    for at, bar in enumerate(drawn.values()):
        ids = [item.attrib["id"] for item in fromstring(bar.svg).iter(f"{SVG}pattern")]
        assert ids == [f"row-{at}-bars-towards", f"row-{at}-bars-no_data"]
        assert all(f"url(#{name})" in bar.svg for name in ids)


def test_plot_key_names_the_parts_from_left_to_right():
    text = "Parts of the bars, from the left: Below, Towards, On track, Deeper learning, No data."
    assert plot_key(summary(READING)).text == text
    assert "Not on track, levels mixed" in plot_key(summary(READING, TOGETHER)).svg


def test_plot_outcome_bars_leaves_out_the_legend_of_what_is_not_there():
    assert "mixed" not in plot_outcome_bars(summary(READING), title="Year 4").svg


def test_plot_outcome_bars_without_pupils_says_so():
    nobody = ("READ", 0, 0, 0, 0, 0, pd.NA, 0, 0)
    chart = plot_outcome_bars(summary(nobody), title="Year 4")
    assert "No pupils" in chart.svg
    assert "Below 0 (–)" in chart.text
    assert bars(chart.svg) == [[]]


def test_plot_outcome_bars_without_subjects_says_so():
    assert "nothing to show" in plot_outcome_bars(summary(), title="Year 4").svg


def test_plot_outcome_bars_id_prefix_reaches_the_patterns():
    svg = plot_outcome_bars(summary(READING), title="Year 4", id_prefix="a-").svg
    assert 'id="a-bars-towards"' in svg
    assert "url(#a-bars-towards)" in svg


def test_plot_outcome_bars_escapes_its_title():
    svg = plot_outcome_bars(summary(READING), title="<b>*#table").svg
    assert "<b>" not in svg


def test_describe_outcomes_tells_counts_percentages_and_denominator():
    text = describe_outcomes(summary(READING), title="Year 4")
    assert "Reading: Below 4 (10\u202f%), Towards 6 (15\u202f%)" in text
    assert "of 40" in text


def test_plot_outcome_bars_sets_a_long_name_on_two_lines():
    languages = ("LAN2", 2, 0, 0, 2, 0, pd.NA, 0, 0)
    svg = plot_outcome_bars(summary(languages), title="Year 4").svg
    words = ["".join(text.itertext()) for text in fromstring(svg).iter(f"{SVG}text")]
    assert "Ancient and modern foreign languages (key stage 2)" in words


def test_plot_outcome_bars_narrow_says_the_same_in_less_room():
    rows = summary(READING, TOGETHER)
    wide, narrow = (plot_outcome_bars(rows, title="Year 4", is_narrow=it) for it in (False, True))
    assert narrow.text == wide.text
    for parts in bars(narrow.svg):
        assert sum(float(part.attrib["width"]) for part in parts) == pytest.approx(200)


def test_plot_outcome_bars_narrow_keeps_every_name_inside():
    grammar, languages = (("GPS", *READING[1:]), ("LAN2", *READING[1:]))
    drawn = fromstring(
        plot_outcome_bars(summary(grammar, languages), title="Year 4", is_narrow=True).svg
    )
    lines = [line.text for line in drawn.iter(f"{SVG}tspan") if line.attrib["x"] == "128"]
    assert lines == [
        "Grammar, punctuation ",
        "and spelling",
        "Ancient and modern ",
        "foreign languages…",
    ]
