"""How long a pupil's record is kept: the ages, and the day a record's time is over.

A school's record of a pupil is kept until the child's 25th birthday, as retention schedules of
English local authorities have it (six years after majority and a year's grace, within which a claim
may be brought). Where special educational needs were met, or the child was looked after, the
record may be asked for longer: until the 31st birthday, that is the end of an education, health and
care plan's longest course at 25 and six years. A controller whose own schedule says otherwise
places a legal hold, or erases earlier.
"""

from __future__ import annotations

from datetime import date

KEPT_UNTIL_AGE = 25
KEPT_LONGER_UNTIL_AGE = 31


def birthday(date_of_birth: date, age: int) -> date:
    """Return the day somebody reaches `age`; who was born on 29 February does so on 1 March."""
    year = date_of_birth.year + age
    try:
        return date_of_birth.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def kept_until(date_of_birth: date, *, had_needs: bool, was_looked_after: bool) -> date:
    """Return the first day on which the record is kept no longer, unless it is held.

    `had_needs` and `was_looked_after` are of any year the school has a record of.
    """
    longer = had_needs or was_looked_after
    return birthday(date_of_birth, KEPT_LONGER_UNTIL_AGE if longer else KEPT_UNTIL_AGE)
