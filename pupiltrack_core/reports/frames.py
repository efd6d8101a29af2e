"""What a portal holds, as pandas frames: for analysis in a notebook or a script.

Every figure is that of the page of the same name. Cohorts are chosen in words, see `PortalFrames`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd

from pupiltrack_core.calc.transition import EARLIER, LATER
from pupiltrack_core.charts.outcome_bars import plot_outcome_bars
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.reports import frame_shapes as shapes
from pupiltrack_core.reports.choosing import (
    choose_authority,
    choose_cohort,
    choose_extras,
    choose_point,
    choose_subject,
)
from pupiltrack_core.reports.figure_words import told_lines
from pupiltrack_core.reports.frame_shapes import Picture
from pupiltrack_core.reports.matrix_choosing import SetWords, choose_set, read_layer
from pupiltrack_core.reports.transition import existing_report
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas.tallies import SUBJECT
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.local_authority import schools_overview
from pupiltrack_core.services.pupil_matrix import PupilMatrix, pupil_matrix
from pupiltrack_core.services.pupil_rows import pupil_rows
from pupiltrack_core.services.report_groups import GroupReport, group_report, groupings_of
from pupiltrack_core.services.reports import full_report, note_export
from pupiltrack_core.services.school_summaries import summaries_by_school
from pupiltrack_core.services.schools import schools_for
from pupiltrack_core.services.transition import TransitionReport

Words = str | int | None
_PLACES = {"authority", "district", "phase"}
_WORDS = {*_PLACES, "year", "years", "class_name", "assessment"}


@dataclass(frozen=True)
class PortalFrames:
    """A portal's data as frames, with the rights of one reader; see `pupiltrack_core.open_portal`.

    A cohort is a `school` ("999/2001") or `authority="999"` (of it a `district` or a `phase`), and

    * `year`, such as "2025/2026"; otherwise the latest with pupils,
    * `years`: "all", "ks1", "ks2", "eyfs", or a year group: 4, "R" (Reception), "N1", "N2",
    * `class_name` and `assessment`, by name and at a school only; otherwise each year group's
      latest assessment,
    * any filter of the pages, as in `sex="F"`, `sen="KE"`, `disadvantaged="Y"`.

    `words` of the methods are these. Every method raises `NotFound` for a place, year or assessment
    that is not there or not the reader's to see, `InvalidEntry` for words that mean nothing and
    `AccessDenied` where the role is not enough.

    In every frame `count` or a count's column is a number of pupils, Int64 and missing where it
    does not apply or is withheld; `pupils` or `of` is what it is counted out of. Only `cohort` and
    `moves` have rows of single pupils: each taking of them is noted in the audit.
    """

    reader: Caller = field(repr=False)
    read_only: bool = True

    @property
    def caller(self) -> Caller:
        """Who asks, for `pupiltrack_core.services`, which can also write.

        Raises `AccessDenied` unless the portal was opened with `read_only=False`.
        """
        if self.read_only:
            raise AccessDenied(
                "This portal was opened for reading. Open it with read_only=False to change what "
                "it holds."
            )
        return self.reader

    def schools(self) -> pd.DataFrame:
        """Return the schools in reach, by name.

        Columns `school` ("999/2001", as methods take it), `name`, `district`, `phase`,
        `latest_year` ("2025/2026", missing without pupils), all str; `school_id` int64.
        """
        return shapes.schools_frame(schools_for(self.reader))

    def assessments(self, school: str, *, year: str | None = None) -> pd.DataFrame:
        """Return a school's assessments of a year, newest first.

        Columns `assessment` (its name), `held_on` (datetime64[s]), `year_groups` ("Year 3, Year
        4"), `subjects` (codes: "READ, WRIT, MATH"), `assessment_id` (int64).
        """
        chosen = choose_cohort(self.reader, school=school, year=year)
        found = assessments_for(self.reader, chosen.school_id or 0, chosen.academic_year)
        return shapes.assessments_frame(found)

    def cohort(
        self, school: str | None = None, *, names: bool = False, **words: Words
    ) -> pd.DataFrame:
        """Return a row per pupil: a COHORT frame (`schemas.cohort`), by school and `pupil_id`.

        Columns `school_id`, `pupil_id` (int64), `year_group` (int8), `class_name` (category),
        `include_in_data` (bool: False leaves the pupil out of every figure), `assessment_id`
        (Int64, the one the pupil stands at), `sex`, `ethnicity`, `sen` (category), yes and no of
        each characteristic (boolean, missing where not recorded), and of each subject the judgement
        (ordered category B < T < O < D, missing for no data). `looked_after` is there only for
        those who may see it, custom filters and a school's own subjects only where the cohort is of
        one school. With `names` also `surname`, `forenames`, `upn` (str) and `date_of_birth`
        (datetime64[s]).
        """
        return pupil_rows(self.reader, self._choose(school, words), with_names=names)

    def summary(
        self,
        school: str | None = None,
        *,
        by: str | None = None,
        publish: bool = False,
        **words: Words,
    ) -> pd.DataFrame:
        """Return the figures of the full report: a SUMMARY (`schemas.summaries`), a row a subject.

        Columns `subject` (its code, "RWM" for reading, writing and maths together) and
        `subject_name` (str), then int64 or Int64 counts: `pupils`, `below`, `towards`, `on_track`,
        `deeper`, `mixed`, `on_track_or_deeper`, `not_on_track`, `no_data`. `by` is "year_group"
        (int8) or, of an authority, "school" (str, with `school_name`), which then come first.

        With `publish`, small figures and those that would give them away are missing; not by
        school, where no figure could be given safely beside those of the authority.
        """
        chosen = self._choose(school, words)
        if by == "school":
            return self._summary_by_school(chosen, publish=publish)
        if by not in (None, columns.YEAR_GROUP):
            raise InvalidEntry("Figures are told by year_group or by school.", field="by")
        report = full_report(self.reader, chosen)
        told = report.to_publish() if publish else report
        return shapes.with_subject_names(told.by_year_group if by else told.summary, told.labels)

    def percentages(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Return a SUMMARY with a row a figure, to plot and to print.

        Its keys, `subject` and `subject_name`, then `row` ("below", ...), `row_name` ("Below"),
        `count`, `of` (Int64), `percent` (Int64: whole, halves away from zero, as on the pages;
        missing where there is nobody to count) and `code`: "z" for not applicable, "c" for withheld
        to publish, "" beside a figure.
        """
        return shapes.percentages(summary)

    def groups(self, by: str, school: str | None = None, **words: Words) -> pd.DataFrame:
        """Return the figures of two groups of pupils: SUMMARY columns after `group`, `group_name`.

        `by` is "sex", "sen", "disadvantaged", "eal", "fsm", "ever6", "pupil_premium",
        "summer_born", "young_carer" or one of a school's custom filters ("custom_1"). Pupils of
        whom it is not recorded are a third group, where there are any.
        """
        found, labels = self._grouped(by, school, words)
        return shapes.groups_frame(found, labels)

    def gaps(
        self,
        by: str,
        school: str | None = None,
        *,
        row: str = SummaryRow.ON_TRACK_OR_DEEPER.value,
        **words: Words,
    ) -> pd.DataFrame:
        """Return how far the first of two groups is from the second, a row a subject.

        Columns `subject`, `subject_name`, and of `first` and `second` the name, `_count`, `_of` and
        `_percent`; `points` (first less second, worked out before rounding) and `pupils` (how many
        of the first group it comes to, parts left out), Int64, missing where a group has nobody.
        `row` is the figure compared.
        """
        if row not in set(SummaryRow):
            known = ", ".join(SummaryRow)
            raise InvalidEntry(f"There is no such row. Those there are: {known}.", field="row")
        found, labels = self._grouped(by, school, words)
        return shapes.gaps_frame(found, labels, SummaryRow(row))

    def matrix(
        self,
        school: str | None = None,
        *,
        layers: Collection[str] = (),
        publish: bool = False,
        **words: Words,
    ) -> pd.DataFrame:
        """Return the pupil matrix: SUMMARY columns after `data_set`, `place` and `cohort`.

        Data set 0 is the primary one, 1 and on are the layers, each a text such as
        "year=2024/2025; years=3; sex=F" (`reports.matrix_choosing`). `points` and `pupils_more`
        (Int64) say how far a layer's On track or deeper is from the primary set's. Raises
        `NotFound` for a layer that has no figures, and says why.
        """
        found = self._matrix(school, layers, words)
        return shapes.matrix_frame(found.to_publish() if publish else found)

    def earlier_results(self, school: str | None = None, **words: Words) -> pd.DataFrame:
        """Return what the cohort had reached before: good level of development and key stage 1.

        Columns `collection`, `measure`, `measure_name`, `result`, `result_name` (str), `count`,
        `of`, `percent` (Int64). `of` are the pupils of the year groups it applies to.
        """
        return shapes.results_frame(self._matrix(school, (), words).results)

    def transition(
        self,
        school: str | None = None,
        *,
        earlier: str | None = None,
        later: str | None = None,
        subject: str | None = None,
        publish: bool = False,
        **words: Words,
    ) -> pd.DataFrame:
        """Return a row per cell of the transition matrix, lowest step first, No data last.

        Columns `earlier`, `earlier_name`, `later`, `later_name` (str), `pupils` (int64; Int64 and
        missing where withheld with `publish`). `earlier` and `later` are "gld", "ks1", "ks2", an
        assessment's name or, of an authority, a term ("Autumn term, 2025/2026"): the assessment
        before, and the one the pupils stand at, unless told. `subject` is like "maths", all three
        together when None.
        """
        asked = {"earlier": earlier, "later": later, "subject": subject}
        return shapes.cells_frame(self._transition(school, words, asked, publish=publish))

    def movement(
        self,
        school: str | None = None,
        *,
        earlier: str | None = None,
        later: str | None = None,
        subject: str | None = None,
        publish: bool = False,
        **words: Words,
    ) -> pd.DataFrame:
        """Return how many fell, stayed and rose between two points, and who cannot be compared.

        Columns `movement`, `movement_name` (str), `count`, `of`, `percent` (Int64); the rest is as
        in `transition`. Those who moved are out of those with data at both points, the others out
        of all.
        """
        asked = {"earlier": earlier, "later": later, "subject": subject}
        return shapes.movement_frame(self._transition(school, words, asked, publish=publish))

    def moves(
        self,
        school: str,
        *,
        earlier: str | None = None,
        later: str | None = None,
        subject: str | None = None,
        names: bool = False,
        **words: Words,
    ) -> pd.DataFrame:
        """Return a row per pupil behind `transition`: where each stood at both points.

        Columns `pupil_id` (int64), `include_in_data` (bool), `year_group` (int8), `class_name`
        (category), `earlier`, `later` (str codes, "-" for no data); with `names` also `surname` and
        `forenames`. Raises `AccessDenied` for several schools, whose pupils are counted and not
        read.
        """
        note_export(
            self.reader,
            self._choose(school, words),
            what="pupils of a transition for analysis",
            with_names=names,
        )
        asked = {"earlier": earlier, "later": later, "subject": subject}
        pairs = self._transition(school, words, asked).pairs
        if pairs is None:
            raise AccessDenied(
                "This matrix is made of counts alone. Choose one school to see its pupils."
            )
        left_out = [] if names else [columns.SURNAME, columns.FORENAMES]
        kept = pairs.drop(columns=left_out)
        last = [name for name in kept.columns if name not in (EARLIER, LATER)]
        told = kept[[*last, EARLIER, LATER]]
        # Without names their order would still tell who comes before whom in the alphabet.
        return told if names else told.sort_values(columns.PUPIL_ID, ignore_index=True)

    def overview(self, authority: str, *, year: str | None = None) -> pd.DataFrame:
        """Return a row per school of an authority, by name: the figures of the page Schools.

        Columns as `services.local_authority.schools_overview` says, `school` in place of its
        number; a school without pupils that year has zeros.
        """
        chosen = choose_authority(self.reader, authority, year=year)
        found = schools_overview(self.reader, chosen.local_authority_id or 0, chosen.academic_year)
        return shapes.with_written_numbers(found)

    def bars(self, summary: pd.DataFrame, *, title: str = "Figures") -> Picture:
        """Return the chart of the full report for a SUMMARY: a bar a row, told in words too.

        Rows with a figure that is withheld are not drawn. Raises `InvalidEntry` for a SUMMARY of
        several groups, schools or year groups: choose the rows of one first.
        """
        rows = told_lines(summary)
        if rows[SUBJECT].duplicated().any():
            raise InvalidEntry(
                "The bars are those of one group of pupils. Choose its rows of the frame first.",
                field="summary",
            )
        named = dict(zip(rows[SUBJECT], rows[shapes.SUBJECT_NAME], strict=True))
        chart = plot_outcome_bars(rows, title=title, labels=named)
        return Picture(chart.svg, chart.text)

    def _choose(self, school: str | None, words: Mapping[str, Words]) -> CohortSelection:
        return choose_set(self.reader, _set_words(school, words))

    def _summary_by_school(self, chosen: CohortSelection, *, publish: bool) -> pd.DataFrame:
        if publish:
            raise InvalidEntry(
                "Figures by school are not for publication: those of the schools add up to those "
                "of the authority. Publish the whole, or by year_group.",
                field="publish",
            )
        found = summaries_by_school(self.reader, chosen)
        return shapes.by_school(shapes.with_subject_names(found, {}), schools_for(self.reader))

    def _grouped(
        self, by: str, school: str | None, words: Mapping[str, Words]
    ) -> tuple[GroupReport, Mapping[str, str]]:
        wanted = choose_extras(compare=None, group=by).grouped_by
        report = full_report(self.reader, self._choose(school, words))
        for grouping in groupings_of(self.reader, report):
            if grouping.characteristic is wanted:
                return group_report(self.reader, report, grouping), report.labels
        raise NotFound(
            "These pupils cannot be told apart by that: they are chosen by it, the filter has no "
            "name at their school, or your role does not let you."
        )

    def _matrix(
        self, school: str | None, layers: Collection[str], words: Mapping[str, Words]
    ) -> PupilMatrix:
        primary = _set_words(school, words)
        chosen = choose_set(self.reader, primary)
        others = [choose_set(self.reader, read_layer(text, primary)) for text in layers]
        found = pupil_matrix(self.reader, chosen, others)
        for layer in found.layers:
            if layer.trouble:
                raise NotFound(f"{layer.description}: {layer.trouble}")
        return found

    def _transition(
        self,
        school: str | None,
        words: Mapping[str, Words],
        asked: Mapping[str, str | None],
        *,
        publish: bool = False,
    ) -> TransitionReport:
        chosen = self._choose(school, words)
        points = [
            None if (point := asked[name]) is None else choose_point(self.reader, chosen, point)
            for name in (EARLIER, LATER)
        ]
        subject = asked["subject"]
        return existing_report(
            self.reader,
            chosen,
            earlier=points[0],
            later=points[1],
            subject=None if subject is None else choose_subject(subject),
            publish=publish,
        )


def _set_words(school: str | None, words: Mapping[str, Words]) -> SetWords:
    said = {name: str(value) for name, value in words.items() if value is not None}
    return SetWords(
        school=school,
        authority=said.get("authority"),
        district=said.get("district"),
        phase=said.get("phase"),
        year=said.get("year"),
        years=said.get("years", YearRange.ALL_YEARS.value),
        class_name=said.get("class_name"),
        assessment=said.get("assessment"),
        filters=tuple((name, value) for name, value in said.items() if name not in _WORDS),
    )
