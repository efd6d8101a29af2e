"""Whether the time of the first step tells a wrong password from a name nobody has, and the like.

The same work is asked for in turn, so that whatever else the machine does falls on all kinds
alike: a right password, a wrong one, a name nobody has, an account that is locked, one that waits
to be approved. The hash is the cheapest there is, so that anything beside it shows the more. It is
the processor's time: what others do on the machine is not in it, nor the wait for the disk, which
each kind is made to do as often.
"""

from __future__ import annotations

import itertools
import math
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import NormalDist, median

from benchmarks.measuring import Result
from pupiltrack_core.access import Membership, Role
from pupiltrack_core.services.accounts import (
    AccountStatus,
    SignInPolicy,
    change_status,
    create_user,
    lock_account,
    utc_now,
)
from pupiltrack_core.services.second_step_setup import Offers, take_digits
from pupiltrack_core.services.second_steps import WaitingSignIns, ask_second_step
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage import schema
from pupiltrack_core.storage.engine import Database
from tests.builders import make_authority

PEOPLE, TRIES = 20, 200
MOST_APART = 0.10  # statement 7: medians within a tenth
LEAST_P = 0.01
PASSWORD, WRONG = "correct horse battery", "another horse battery"
KINDS = ("right", "wrong", "unknown", "locked", "pending")
POLICY = SignInPolicy(
    hashing=PasswordHashing.FLOOR,
    second_step_required=True,
    guessed_names=100_000,
    rate_limit_key=b"r" * 32,
    code_pepper=b"p" * 32,
    app_key=b"a" * 32,
)


def run(_folder: Path) -> list[Result]:
    """Return how far the median of each kind is from that of a wrong password, as a share."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/people.sqlite"
        schema.upgrade(url)
        database = Database.open(url)
        try:
            times = _take_times(_cases(database))
        finally:
            database.dispose()
    wrong = times["wrong"]
    results = []
    for kind in KINDS:
        if kind == "wrong":
            continue
        apart = abs(median(times[kind]) / median(wrong) - 1)
        chance = mann_whitney(times[kind], wrong)
        results.append(
            Result(
                f"First step, {kind} beside a wrong password, medians apart (p {chance:.2g})",
                apart,
                "ratio",
                MOST_APART,
                ours=median(times[kind]),
                other=median(wrong),
                beside="ms, wrong password",
                runs=[time / median(wrong) for time in times[kind]],
            )
        )
    return results


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how probable ranks at least so unequal are if both come from one distribution.

    By the normal distribution, without regard to ties, of which times have none.
    """
    ranked = sorted([(time, 0) for time in one] + [(time, 1) for time in other])
    ranks = sum(rank for rank, (_, which) in enumerate(ranked, start=1) if which == 0)
    mine, theirs = len(one), len(other)
    u = ranks - mine * (mine + 1) / 2
    spread = math.sqrt(mine * theirs * (mine + theirs + 1) / 12)
    return 2 * NormalDist().cdf(-abs(u - mine * theirs / 2) / spread)


def _take_times(cases: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Time the cases `TRIES` times, in another order each time, so that none follows another."""
    times: dict[str, list[float]] = {kind: [] for kind in cases}
    order = list(cases)
    for case in cases.values():
        case()
    for _ in range(TRIES):
        random.shuffle(order)
        for kind in order:
            start = time.thread_time()
            cases[kind]()
            times[kind].append((time.thread_time() - start) * 1000)
    return times


def _cases(database: Database) -> dict[str, Callable[[], object]]:
    authority = make_authority(database)
    waiting = WaitingSignIns()
    minutes = itertools.count()
    begins = utc_now()
    names: dict[str, itertools.cycle[str]] = {}
    for kind in KINDS:
        own = [f"{kind}{number}" for number in range(PEOPLE)]
        names[kind] = itertools.cycle(own)
        for name in own if kind != "unknown" else ():
            _make_person(database, authority, name, kind)

    def ask(kind: str) -> object:
        return ask_second_step(
            database,
            waiting,
            user_name=next(names[kind]),
            password=WRONG if kind == "wrong" else PASSWORD,
            address="192.0.2.7",
            policy=POLICY,
            # So far apart that no limit closes a name or the address.
            now=begins + timedelta(minutes=next(minutes)),
        )

    return {kind: partial(ask, kind) for kind in KINDS}


def _make_person(database: Database, authority: int, name: str, kind: str) -> None:
    now = utc_now()
    user_id = create_user(
        database,
        user_name=name,
        display_name=name,
        password=PASSWORD,
        memberships=[Membership(Role.LA_ADVISER, authority)],
        hashing=POLICY.hashing,
    )
    offer = Offers().offer(name, user_id, now)
    take_digits(
        database,
        offer,
        "".join(offer.code[int(place) - 1] for place in offer.places),
        password_key=b"k" * 32,
        policy=POLICY,
        now=now,
    )
    if kind == "locked":
        lock_account(database, user_id, until=now + timedelta(days=365), now=now)
    if kind == "pending":
        change_status(database, user_id, AccountStatus.PENDING, now=now)
