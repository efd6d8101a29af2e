"""Home: a welcome, the headline figures in turn, news, and the way to the day's work."""

from __future__ import annotations

from urllib.parse import urlencode

import ipywidgets
import traitlets

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import day_in_london, write_moment
from pupiltrack_core.domain.rounding import format_percentage, percentage
from pupiltrack_core.domain.year_groups import LABELS, RECEPTION
from pupiltrack_core.services.account_requests import count_waiting
from pupiltrack_core.services.attestation import schools_to_attest
from pupiltrack_core.services.home import Headline, headlines, news
from pupiltrack_core.services.reception_arrivals import newest_arrivals
from pupiltrack_core.services.schools import SchoolChoice, schools_for
from pupiltrack_core.services.transfer_decisions import count_open
from pupiltrack_core.services.unusual_use import unusual_uses
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.headline import HeadlineFigures, HeadlineLine


class HomeModel(traitlets.HasTraits):
    """Who is welcomed, the headlines of their school or local authority, and the news."""

    display_name = traitlets.Unicode()
    role = traitlets.Unicode()
    place = traitlets.Unicode()
    academic_year = traitlets.Unicode()
    is_local_authority = traitlets.Bool()
    sees_pupils = traitlets.Bool(True)
    headlines = traitlets.Tuple()
    news = traitlets.Tuple()
    claims = traitlets.Int(0)
    requests = traitlets.Int(0)  # for accounts, that wait for the person
    attests = traitlets.Bool()  # whether the list of a school's people is to be gone through
    arrivals = traitlets.Unicode()  # of new Reception pupils, in words
    arrivals_at = traitlets.Unicode()
    alarms = traitlets.Tuple()  # of unusual use of late, in words


def open_model(context: PageContext) -> HomeModel:
    """Return the state of the home page of whoever opened it."""
    principal = context.principal()
    schools = schools_for(context.caller)
    school = None if principal.is_local_authority or not schools else schools[0]
    arrivals, arrivals_at = _arrivals(context, school)
    return HomeModel(
        display_name=principal.display_name,
        role=principal.memberships[0].role.label if principal.memberships else "",
        place=_place(school, schools),
        academic_year=_latest_year(schools),
        is_local_authority=principal.is_local_authority,
        sees_pupils=school is None or _sees_pupils(context, school),
        headlines=headlines(context.caller, school.school_id if school else None),
        news=news(context.caller),
        claims=count_open(context.caller),
        requests=count_waiting(context.caller),
        attests=bool(schools_to_attest(context.caller)),
        arrivals=arrivals,
        arrivals_at=arrivals_at,
        alarms=tuple(
            f"{use.who} {use.what}, {write_moment(use.at)}: see Activity"
            for use in unusual_uses(context.caller)
        ),
    )


def _arrivals(context: PageContext, school: SchoolChoice | None) -> tuple[str, str]:
    """Return what is said of pupils the authority loaded of late, and their address; "" if none."""
    if school is None or not _sees_pupils(context, school):
        return "", ""
    news = newest_arrivals(context.caller, school.school_id)
    if news is None:
        return "", ""
    who = "1 Reception pupil was" if news.pupils == 1 else f"{news.pupils} Reception pupils were"
    query = urlencode({"school": school.laestab, "year": news.academic_year, "years": RECEPTION})
    when = f"{day_in_london(news.at):%d/%m/%Y}"
    words = f"{who} loaded by the local authority on {when}: see them under Pupils"
    return words, f"/pupils?{query}"


def _sees_pupils(context: PageContext, school: SchoolChoice) -> bool:
    scope = SchoolScope(school.school_id, school.local_authority_id)
    return may(context.principal(), Action.SEE_PUPILS, scope)


def _place(school: SchoolChoice | None, schools: tuple[SchoolChoice, ...]) -> str:
    if school is not None:
        return school.name
    if not schools:
        return "no school yet"
    return "1 school" if len(schools) == 1 else f"{len(schools)} schools"


def _latest_year(schools: tuple[SchoolChoice, ...]) -> str:
    years = [year for school in schools for year in school.academic_years]
    return AcademicYear(max(years)).label if years else ""


class View:
    """What the home page shows."""

    def __init__(self, model: HomeModel, context: PageContext) -> None:
        self.model = model
        figures = HeadlineFigures()
        figures.show([_line(headline) for headline in model.headlines])
        self.widget = ipywidgets.VBox(
            [
                context.notice,
                prose.Prose(*self._welcome()),
                figures,
                prose.Prose(*self._news()),
            ]
        )
        self.widget.add_class("pt-stack")

    def _welcome(self) -> list[dict[str, object]]:
        model = self.model
        if model.is_local_authority:
            what = (
                "See every school's headline figures under Local authority, open a school to read "
                "its pages, or draw a report over all of them."
            )
        elif not model.sees_pupils:
            what = (
                "Read your school's figures under Reports: whole year groups, without names and "
                "without numbers so small that a child might be recognised."
            )
        else:
            what = (
                "Record judgements under Assessments; read them as a table or a Venn diagram "
                "under Reports. Everything you enter is saved cell by cell."
            )
        about = f"{model.role}, {model.place}. Figures are for {model.academic_year}."
        return [
            prose.heading(f"Welcome, {model.display_name}"),
            prose.small(about if model.academic_year else f"{model.role}, {model.place}."),
            prose.text(what),
            *(prose.link(alarm, _ACTIVITY) for alarm in model.alarms),
            *([prose.link(self._claims(), _TRANSFERS)] if model.claims else []),
            *([prose.link(self._requests(), _ACCOUNTS)] if model.requests else []),
            *([prose.link(_ATTEST, _ACCOUNTS)] if model.attests else []),
            *([prose.link(model.arrivals, model.arrivals_at)] if model.arrivals else []),
            *([prose.text(_NO_FIGURES)] if model.sees_pupils and not model.headlines else []),
        ]

    def _claims(self) -> str:
        number = self.model.claims
        if self.model.is_local_authority:
            return f"{number} open {'claim' if number == 1 else 'claims'} of pupils in your schools"
        what = "1 pupil of yours is" if number == 1 else f"{number} pupils of yours are"
        return f"{what} claimed by another school: hand over or refuse"

    def _requests(self) -> str:
        number = self.model.requests
        return f"{number} {'request' if number == 1 else 'requests'} for accounts to decide"

    def _news(self) -> list[dict[str, object]]:
        blocks: list[dict[str, object]] = [prose.heading("News")]
        for item in self.model.news:
            blocks += [
                prose.subheading(item.title),
                prose.small(f"{item.starts_on:%d/%m/%Y}"),
                *(prose.text(line) for line in item.body.splitlines() if line.strip()),
            ]
        return blocks if self.model.news else [*blocks, prose.text("There is no news at present.")]


_ACTIVITY = "/activity"
_TRANSFERS = "/pupils?view=transfers"
_ACCOUNTS = "/accounts"
_ATTEST = "Once a year: say who still works with your school's data"
_NO_FIGURES = (
    "There are no headline figures yet: they appear once judgements have been recorded in an "
    "assessment of this academic year."
)


def _line(headline: Headline) -> HeadlineLine:
    share = percentage(headline.count, headline.of)
    return HeadlineLine(
        cohort=f"{LABELS[headline.year_group]} cohort",
        figure=format_percentage(headline.count, headline.of),
        text=headline.text,
        percent=None if share is None else float(share),
    )
