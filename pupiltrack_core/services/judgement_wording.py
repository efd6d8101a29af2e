"""The words and colours a school uses for the judgements."""

from __future__ import annotations

from collections.abc import Mapping

from pupiltrack_core.access import Action
from pupiltrack_core.domain.judgement_wording import (
    JudgementWording,
    WordingRefused,
    read_wording,
    wording_of,
)
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.school_settings import lock_school

WORDING_SAVED = "judgement wording saved"
LABEL_FIELD, COLOUR_FIELD = "label", "colour"


def judgement_labels(caller: Caller, school_id: int) -> JudgementWording:
    """Return a school's wording, for whoever has a role there or over it.

    Raises NotFound and NotSignedIn. What covers several schools has the standard words.
    """
    with caller.begin() as work:
        return wording_of(work.school(school_id).judgement_wording)


def field_of(judgement: Judgement, kind: str) -> str:
    """Return the name of the field of a judgement's word or colour: "label_B", "colour_D"."""
    return f"{kind}_{judgement.value}"


def save_judgement_wording(
    caller: Caller,
    school_id: int,
    *,
    labels: Mapping[Judgement, str],
    colours: Mapping[Judgement, str],
    shown: JudgementWording,
) -> JudgementWording:
    """Save the words and colours and return them as they are now.

    A blank word is the standard one, a blank colour none. Raises InvalidEntry, naming the field as
    `field_of` does; Conflict when they were changed since they were `shown`; NotFound, AccessDenied
    and NotSignedIn. Nothing is saved then.
    """
    try:
        wanted = read_wording(labels, colours)
    except WordingRefused as error:
        kind = COLOUR_FIELD if error.is_colour else LABEL_FIELD
        raise InvalidEntry(
            f"{error} Nothing was saved.", field=field_of(error.judgement, kind)
        ) from error
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MAINTAIN_SCHOOL, school_id)
        school = lock_school(work.session, school_id)
        held = wording_of(school.judgement_wording)
        if held != shown:
            raise Conflict(
                "Someone else changed the words or colours after they were shown to you. Nothing "
                "was saved; what you entered is still here. Save again to keep yours.",
                yours=None,
                theirs=", ".join(held.label(item) for item in Judgement),
                version=0,
            )
        if wanted != held:
            school.judgement_wording = wanted.to_stored()
            work.audit(
                WORDING_SAVED,
                school_id=school_id,
                words=[item.value for item in Judgement if item in wanted.own_labels],
                colours=[wanted.colours.get(item, "") for item in Judgement],
            )
        work.commit()
    return wanted
