"""Tests of the Venn diagram's drawing and of its words."""

import sys
from subprocess import run
from xml.etree.ElementTree import Element

import pandas as pd
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.charts import svg
from pupiltrack_core.charts.venn import WIDTH, describe_venn, plot_venn
from pupiltrack_core.domain.venn import REGIONS, VennKind, region_label

SVG = "{http://www.w3.org/2000/svg}"
# In the order of INNER below: a class with most of its pupils in all three.
CLASS = {
    "100": 2, "010": 1, "110": 2, "001": 2, "101": 2, "011": 1, "111": 14, "000": 5, "blank": 1,
}  # fmt: skip
EVEN = {"100": 40, "010": 40, "110": 20, "001": 40, "101": 20, "011": 20, "111": 30, "000": 60}


def regions(counts: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame({"region": list(counts), "pupils": list(counts.values())})


def groups(svg: str) -> dict[str, Element]:
    root = fromstring(svg)
    return {
        group.attrib["data-region"]: group
        for group in root.iter(f"{SVG}g")
        if "data-region" in group.attrib
    }


def words_of(element: Element) -> str:
    return "".join(element.itertext())


def test_plot_venn_labels_each_region_with_its_count_and_percentage():
    # 30 pupils in all: 14 are 46.7 %, 5 are 16.7 %, 1 is 3.3 %
    found = groups(plot_venn(regions(CLASS)).svg)
    assert set(found) == set(REGIONS)
    assert words_of(found["111"]) == "14 (47\u202f%)"
    assert words_of(found["000"]) == "In none of the three 5 (17\u202f%)"
    assert words_of(found["blank"]) == "No data in any 1 (3\u202f%)"
    assert found["111"].attrib["id"] == "region-111"
    assert found["111"].attrib["data-pupils"] == "14"


def test_plot_venn_gives_each_circle_its_own_total():
    # reading 2 + 2 + 2 + 14 = 20, writing 1 + 2 + 1 + 14 = 18, maths 2 + 2 + 1 + 14 = 19
    svg = plot_venn(regions(CLASS)).svg
    for words in ("Reading 20 (67\u202f%)", "Writing 18 (60\u202f%)", "Maths 19 (63\u202f%)"):
        assert words in svg


def test_plot_venn_is_to_scale_only_when_every_region_shows_and_fits():
    assert "are drawn to scale" in plot_venn(regions(EVEN)).caption
    assert "not drawn to scale" in plot_venn(regions(EVEN | {"100": 0})).caption
    assert "not drawn to scale" in plot_venn(regions(CLASS)).caption


def test_plot_venn_to_scale_draws_circles_of_different_sizes():
    def radii(counts: dict[str, int]) -> list[str]:
        root = fromstring(plot_venn(regions(counts)).svg)
        return [circle.attrib["r"] for circle in root.iter(f"{SVG}circle")]

    assert len(set(radii(EVEN))) == 1
    assert len(set(radii(EVEN | {"100": 60}))) > 1


@pytest.mark.parametrize(
    "counts", [{}, {"111": 11}, {"000": 3, "blank": 2}, {"blank": 4}, {"100": 1}, {"110": 9}]
)
def test_plot_venn_with_empty_regions_still_shows_all_of_them(counts):
    found = groups(plot_venn(regions(counts)).svg)
    for region in REGIONS:
        assert found[region].attrib["data-pupils"] == str(counts.get(region, 0))
        assert words_of(found[region]).strip()


def test_plot_venn_keeps_labels_inside_the_drawing_and_apart():
    root = fromstring(plot_venn(regions(EVEN)).svg)
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    points = [
        (float(span.attrib["x"]), float(span.attrib["y"])) for span in root.iter(f"{SVG}tspan")
    ]
    assert all(0 < x < width and 0 < y < height for x, y in points)
    assert len(points) == len(set(points))


def test_plot_venn_escapes_its_title():
    svg = plot_venn(regions(CLASS), title="<b>*#table").svg
    assert "<b>" not in svg
    assert "&lt;b&gt;*#table" in svg


def test_plot_venn_writes_nothing_a_strict_page_would_refuse():
    svg = plot_venn(regions(CLASS)).svg
    for forbidden in ("<style", "style=", "<script", "href", "<?xml", "<!DOCTYPE"):
        assert forbidden not in svg


def test_plot_venn_of_the_same_counts_is_the_same_text():
    assert plot_venn(regions(CLASS)) == plot_venn(regions(CLASS))


def test_plot_venn_id_prefix_keeps_two_diagrams_apart():
    found = groups(plot_venn(regions(CLASS), id_prefix="not-").svg)
    assert found["101"].attrib["id"] == "not-region-101"


def test_plot_venn_unknown_region_is_refused():
    with pytest.raises(ValueError, match="Not a region"):
        plot_venn(regions({"211": 1}))


@given(
    st.dictionaries(st.sampled_from(REGIONS), st.integers(0, 40), max_size=9),
    st.sampled_from(VennKind),
)
def test_describe_venn_tells_every_region(counts, kind):
    text = describe_venn(regions(counts), kind=kind)
    total = sum(counts.values())
    assert f"{total} pupil" in text
    if total:
        for region in REGIONS:
            assert f"{region_label(region, kind=kind)}: {counts.get(region, 0)} (" in text


def test_charts_are_drawn_without_a_current_figure():
    # pyplot would keep every figure alive in a kernel that redraws at each change of a filter
    code = (
        "import pandas as pd, sys\n"
        "from pupiltrack_core.charts.venn import plot_venn\n"
        "plot_venn(pd.DataFrame({'region': ['111'], 'pupils': [3]}))\n"
        "pyplot = sys.modules.get('matplotlib.pyplot')\n"
        "sys.exit(bool(pyplot and pyplot.get_fignums()))\n"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


TWO = {"10": 20, "01": 10, "11": 30, "00": 30, "blank": 10}


def test_plot_venn_of_two_subjects_has_their_regions_and_totals():
    # 100 pupils: reading 20 + 30 = 50, music 10 + 30 = 40
    chart = plot_venn(regions(TWO), subjects=("Reading", "Music"))
    found = groups(chart.svg)
    assert {region: group.attrib["data-pupils"] for region, group in found.items()} == {
        region: str(count) for region, count in TWO.items()
    }
    assert words_of(found["00"]) == "In neither of the two 30 (30\u202f%)"
    assert "Reading 50 (50\u202f%)" in chart.svg
    assert "Music 40 (40\u202f%)" in chart.svg
    assert "are drawn to scale" in chart.caption
    assert "On track in neither of reading and music: 30 (30\u202f%)" in chart.text


@pytest.mark.parametrize("counts", [{"11": 5}, {"10": 5, "00": 1}, {}])
def test_plot_venn_of_two_subjects_with_empty_regions_shows_all_of_them(counts):
    chart = plot_venn(regions(counts), subjects=("Reading", "Music"))
    assert set(groups(chart.svg)) == {"10", "01", "11", "00", "blank"}
    assert "not drawn to scale" in chart.caption


def test_plot_venn_keeps_long_names_of_subjects_inside_the_drawing():
    long = ("Ancient and modern foreign languages (key stage 2)", "Own <subject> & of the school")
    root = fromstring(plot_venn(regions(TWO), subjects=long).svg)
    names = next(group for group in root.iter(f"{SVG}g") if group.get("class") == "venn-names")
    for text in names.iter(f"{SVG}text"):
        width = svg.width_of(words_of(text), float(text.attrib["font-size"]))
        x = float(text.attrib["x"])
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[text.attrib["text-anchor"]]
        assert left >= 0
        assert left + width <= WIDTH
