"""The columns of the entry grid on view: which there are, under which heading, how wide."""

from __future__ import annotations

from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM_LABEL
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_characteristics import CharacteristicColumn
from pupiltrack_core.services.grid_columns import (
    INCLUDE,
    MAX_PHONICS,
    MAX_TEXT,
    YES_OR_NO,
    GridColumn,
    Kind,
    columns_of,
    group_of,
)
from pupiltrack_core.services.grid_figures import RWM_TITLE, rwm_key
from pupiltrack_core.services.grid_results import (
    KS1_SCORES,
    KS1_USUAL,
    ResultColumn,
    ResultKind,
    gld_choices,
)
from pupiltrack_portal.pages.grid_view import SECTION_OF_KIND, GridView
from pupiltrack_portal.widgets.entry_grid import Column

_DETAILS = "Pupil details"
_SHOWN_WIDTHS = {"EYFSP": 96, "PHONICS": 104, "MTC": 84}


def grid_columns(data: GridData, view: GridView) -> tuple[Column, ...]:
    """Return Include in data, what lies beside, then each assessment's columns under its name.

    Of the sections switched on only.
    """
    columns = [_include()]
    columns += [_characteristic(item) for item in data.characteristics]
    columns += [_result(item) for item in data.results]
    for assessment in data.assessments:
        columns += _assessment_columns(assessment, view, data.wording)
    return tuple(columns)


def _include() -> Column:
    return Column(
        INCLUDE,
        "Include in data",
        "choice",
        group=_DETAILS,
        choices=YES_OR_NO,
        width=110,
        description="No leaves the pupil out of the foot, every report and every download",
    )


def _characteristic(item: CharacteristicColumn) -> Column:
    return Column(
        item.key,
        item.title,
        "readonly",
        group=item.section.label,
        width=112,
        description=f"{item.title}: changed on the Pupils page",
    )


def _result(item: ResultColumn) -> Column:
    if item.kind is ResultKind.GLD:
        return Column(
            item.key,
            item.title,
            "choice",
            group=item.group,
            choices=gld_choices(),
            width=_SHOWN_WIDTHS["EYFSP"],
            description=item.description,
        )
    if item.kind is ResultKind.SCORE:
        return Column(
            item.key,
            item.title,
            "number",
            group=item.group,
            width=84,
            min=KS1_SCORES.start,
            max=KS1_SCORES.stop - 1,
            decimals=0,
            usual=KS1_USUAL,
            description=item.description,
        )
    return Column(
        item.key,
        item.title,
        "readonly",
        group=item.group,
        width=_SHOWN_WIDTHS.get(item.key.split(":")[1], 84),
        description=item.description,
    )


def _assessment_columns(
    assessment: AssessmentInfo, view: GridView, wording: JudgementWording
) -> list[Column]:
    columns = []
    for key, entered in columns_of(assessment).items():
        if SECTION_OF_KIND[entered.kind] not in view.sections:
            continue
        columns.append(_entered_column(key, entered, assessment, wording))
        if entered.kind is Kind.TRACKING and entered.subject is CORE_SUBJECTS[-1]:
            columns.append(_rwm(assessment, wording))
    return columns


def _entered_column(
    key: str, entered: GridColumn, assessment: AssessmentInfo, wording: JudgementWording
) -> Column:
    subject, group = entered.subject, group_of(assessment, entered.kind)
    if entered.kind is Kind.TRACKING:
        return Column(
            key,
            subject.short,
            "choice",
            group=group,
            choices=tuple((item.value, wording.label(item)) for item in Judgement),
            colours={item.value: colour for item, colour in wording.colours.items()},
            colourable=True,
            width=122,
            description=subject.label,
        )
    if entered.kind is Kind.TEST:
        lowest, highest = entered.score_limits
        return Column(
            key,
            subject.short,
            "number",
            group=group,
            colourable=True,
            width=84,
            min=lowest,
            max=highest,
            decimals=entered.score_decimals,
            description=f"{subject.label}, {assessment.test_title}",
        )
    if entered.kind is Kind.PHONICS:
        title, label, longest = "Phonics", "Phonics", MAX_PHONICS
    else:
        title, label, longest = str(assessment.formative_title), subject.short, MAX_TEXT
    return Column(
        key,
        label,
        "text",
        group=group,
        colourable=True,
        width=120,
        max_length=longest,
        description=f"{subject.label}, {title}",
    )


def _rwm(assessment: AssessmentInfo, wording: JudgementWording) -> Column:
    on_track, deeper = wording.label(Judgement.ON_TRACK), wording.label(Judgement.DEEPER)
    return Column(
        rwm_key(assessment.id),
        RWM_TITLE,
        "readonly",
        group=group_of(assessment, Kind.TRACKING),
        width=104,
        description=f"{RWM_LABEL}: Yes when all three are {on_track} or {deeper}",
    )
