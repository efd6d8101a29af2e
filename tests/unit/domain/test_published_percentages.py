"""The DfE published these counts and percentages: recomputing them must give the same."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from pupiltrack_core.domain.rounding import percentage, round_half_away

PUBLISHED = Path(__file__).parents[2] / "fixtures" / "dfe" / "ks2_schools_850_2019.csv"
LOCAL_AUTHORITY = "3"


@cache
def published() -> tuple[dict[str, str], ...]:
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def schools() -> list[dict[str, str]]:
    return [row for row in published() if row["RECTYPE"] != LOCAL_AUTHORITY]


def local_authority() -> dict[str, str]:
    return next(row for row in published() if row["RECTYPE"] == LOCAL_AUTHORITY)


def shown(count: int, of: int) -> str:
    share = percentage(count, of)
    assert share is not None
    return f"{round_half_away(share)}%"


def counts_behind(published_percentage: str, of: int) -> list[int]:
    return [count for count in range(of + 1) if shown(count, of) == published_percentage]


@pytest.mark.parametrize(
    ("count", "share"),
    [
        ("BELIG", "PBELIG"),
        ("GELIG", "PGELIG"),
        ("TFSM6CLA1A", "PTFSM6CLA1A"),
        ("TNotFSM6CLA1A", "PTNotFSM6CLA1A"),
        ("TEALGRP2", "PTEALGRP2"),
        ("TMOBN", "PTMOBN"),
    ],
)
def test_percentage_of_published_counts_is_the_published_one(count: str, share: str) -> None:
    rows = [row for row in published() if row[share].endswith("%")]
    assert len(rows) > 300
    wrong = [row["URN"] for row in rows if shown(int(row[count]), int(row["TELIG"])) != row[share]]
    assert wrong == []


def test_published_halves_were_rounded_away_from_zero() -> None:
    halves = [
        (int(row[count]), int(row["TELIG"]), row[share])
        for row in schools()
        for count, share in (("BELIG", "PBELIG"), ("TFSM6CLA1A", "PTFSM6CLA1A"))
        if row[share].endswith("%")
        if (200 * int(row[count])) % int(row["TELIG"]) == 0
        if (200 * int(row[count])) // int(row["TELIG"]) % 2 == 1
    ]
    assert len(halves) > 10  # so that this test can tell the rules of rounding apart
    for count, of, share in halves:
        assert share == f"{(100 * count + of // 2) // of}%"
        assert share == shown(count, of)
    assert any(round(100 * count / of) != int(share[:-1]) for count, of, share in halves)


@pytest.mark.parametrize("group", ["L", "M", "H"])
def test_percentage_by_prior_attainment_is_of_those_who_have_it(group: str) -> None:
    for row in schools():
        if row[f"PTKS1GROUP_{group}"].endswith("%"):
            of = sum(int(row[f"TKS1GROUP_{name}"]) for name in "LMH")
            assert shown(int(row[f"TKS1GROUP_{group}"]), of) == row[f"PTKS1GROUP_{group}"]


@pytest.mark.parametrize("measure", ["PTRWM_EXP", "PTREAD_EXP", "PTMAT_EXP", "PTWRITTA_EXP"])
def test_every_published_percentage_comes_of_some_number_of_pupils(measure: str) -> None:
    rows = [row for row in schools() if row[measure].endswith("%")]
    assert len(rows) > 300
    for row in rows:
        assert counts_behind(row[measure], int(row["TELIG"])), row["URN"]


def test_boys_and_girls_who_met_the_standard_add_up_to_the_pupils_who_did() -> None:
    checked = 0
    for row in schools():
        parts = [(row[f"PTRWM_EXP_{sex}"], row[f"{sex}ELIG"]) for sex in "BG"]
        if not all(share.endswith("%") for share, _ in parts):
            continue
        boys, girls = (set(counts_behind(share, int(of))) for share, of in parts)
        total = set(counts_behind(row["PTRWM_EXP"], int(row["TELIG"])))
        assert any(boy + girl in total for boy in boys for girl in girls), row["URN"]
        checked += 1
    assert checked > 250


@pytest.mark.parametrize("measure", ["PTRWM_EXP", "PTREAD_EXP", "PTMAT_EXP"])
def test_local_authority_figure_is_pooled_pupils_not_the_mean_of_schools(measure: str) -> None:
    rows = [row for row in schools() if row["TELIG"]]
    pupils = sum(int(row["TELIG"]) for row in rows)
    assert pupils == int(local_authority()["TELIG"])
    fewest = most = 0
    for row in rows:
        of = int(row["TELIG"])
        # a suppressed school may have had any number; two sums bracket the true one
        counts = counts_behind(row[measure], of) or range(of + 1)
        fewest += min(counts)
        most += max(counts)
    assert shown(fewest, pupils) == shown(most, pupils) == local_authority()[measure]
    shares = [int(row[measure][:-1]) for row in rows if row[measure].endswith("%")]
    assert f"{round_half_away(sum(shares) / len(shares))}%" != local_authority()[measure]


def test_published_tables_show_no_group_of_five_or_fewer() -> None:
    # the threshold that calc.disclosure takes
    for whole, share in (("TELIG", "PTRWM_EXP"), ("TFSM6CLA1A", "PTRWM_EXP_FSM6CLA1A")):
        given = [int(row[whole]) for row in schools() if row[share].endswith("%")]
        assert min(given) == 6
    withheld = [int(row["TELIG"]) for row in schools() if row["PTRWM_EXP"] == "SUPP"]
    assert sorted(withheld) == [2, 3, 4]
