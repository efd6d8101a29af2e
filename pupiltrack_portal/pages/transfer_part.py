"""Pupils who go from one school to another: claims made, claims to answer, the authority's view."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.transfers import CLAIM_LASTS, ClaimOutcome, Refusal
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound, TooManyAttempts
from pupiltrack_core.services.schools import SchoolChoice
from pupiltrack_core.services.transfer_decisions import (
    OpenClaim,
    asked_for,
    close_claim,
    confirm_claim,
    open_claims,
    refuse_claim,
)
from pupiltrack_core.services.transfer_holders import AskedFor
from pupiltrack_core.services.transfers import (
    Claim,
    ClaimEntry,
    claim_classes,
    claim_pupil,
    claims_of,
    withdraw_claim,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.entered_days import read_day, write_day
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

BACK, CLAIM, WITHDRAW = "back", "claim", "withdraw"
GIVE, REFUSE, CLOSE, CANCEL, DO_IT = "give", "refuse", "close", "cancel", "do-it"
_GOES_ALONG = (
    "The pupil's details, interventions and official results are copied to the other school. "
    "Judgements, progress meetings and notes stay with you, and nobody can change the meetings "
    "any more."
)
_ASKED_WORDS = (
    "A school that you confirm gets the pupil's record. It learns of nothing before, and of no "
    "refusal: the local authority sees that."
)
_CLAIM_WORDS = (
    "Claim a pupil who comes from another school of the local authority. The school that has the "
    f"pupil is asked, and the claim is open for {CLAIM_LASTS.days} days. Until it is confirmed "
    "you are told nothing, not even whether the UPN is known."
)
_AUTHORITY_WORDS = (
    "The school that has a pupil confirms or refuses. Where it refuses or does not answer you can "
    "hand the record over, or close the claim. Who claims is told nothing until then."
)
_NOBODY = "No school has this pupil"


class TransferPart:
    """Takes the pupil list's place from `show` until `on_close`, which has the list read again."""

    def __init__(self, context: PageContext, *, on_close: Callable[[], None]) -> None:
        self._context = context
        self._on_close = on_close
        self._school: SchoolChoice | None = None
        self._is_office = False
        self._asked: dict[str, AskedFor] = {}
        self._open: dict[str, OpenClaim] = {}
        self._claims: dict[str, Claim] = {}
        self._heading = StepHeading()
        self._heading.on_step(context.guarded(self._on_step))
        self._place = ipywidgets.VBox([])
        self._place.add_class("pt-stack")
        self._asked_table, self._claims_table = FiguresTable(), FiguresTable()
        self._asked_table.on_press(context.guarded(self._on_asked_press))
        self._claims_table.on_press(context.guarded(self._on_claims_press))
        self.widget = ipywidgets.VBox([self._heading, self._place])
        self.widget.add_class("pt-stack")

    def show(self, school: SchoolChoice) -> None:
        """Show a school's claims to its office, and to the authority those of all its schools.

        Raises what the services raise for who may do neither, keeping what was on view.
        """
        scope = SchoolScope(school.school_id, school.local_authority_id)
        is_office = may(self._context.principal(), Action.EDIT_PUPILS, scope)
        self._school, self._is_office = school, is_office
        self._draw()
        self._heading.take_focus()

    def _draw(self) -> None:
        """Read and show everything; nothing that was entered is kept."""
        if self._school is None:
            return
        self._heading.show(
            "Transfers between schools",
            line=self._school.name if self._is_office else "Every school of the local authority",
            position="",
            steps=(HeadingStep(BACK, "Back to the list"),),
        )
        if self._is_office:
            self._draw_office(self._school)
        else:
            self._draw_authority(self._school)

    # A school's office --------------------------------------------------------------------------

    def _draw_office(self, school: SchoolChoice) -> None:
        caller = self._context.caller
        asked = asked_for(caller, school.school_id)
        claims = claims_of(caller, school.school_id)
        self._asked = {_key(item): item for item in asked}
        self._claims = {str(item.id): item for item in claims}
        self._asked_table.show(
            caption=f"Claimed from you: {counted(len(asked), 'pupil')}",
            row_heading="Pupil",
            columns=(
                TableColumn("by", "Claimed by"),
                TableColumn("joins", "Joins there on"),
                TableColumn("asked", "Claimed on"),
                TableColumn("until", "Open until"),
                TableColumn(GIVE, "Hand over"),
                TableColumn(REFUSE, "Refuse"),
            ),
            rows=[_asked_row(key, item) for key, item in self._asked.items()],
        )
        self._claims_table.show(
            caption=f"Claimed by you: {counted(len(claims), 'pupil')}",
            row_heading="UPN",
            columns=(
                TableColumn("born", "Date of birth"),
                TableColumn("place", "Comes into"),
                TableColumn("joins", "Joins on"),
                TableColumn("asked", "Claimed on"),
                TableColumn("who", "By whom"),
                TableColumn("until", "Open until"),
                TableColumn("state", "What became of it"),
                TableColumn(WITHDRAW, "Withdraw"),
            ),
            rows=[_claim_row(key, item) for key, item in self._claims.items()],
            sortable=True,
            empty="You have claimed no pupil.",
        )
        self._form = Form(
            name="claim-pupil",
            legend="Claim a pupil",
            layout="grid",
            fields=self._fields(school),
            buttons=((CLAIM, "Claim pupil"),),
        )
        self._form.on_submit(self._context.guarded(self._on_claim))
        panel = ipywidgets.VBox(
            [
                prose.Prose(prose.subheading("Claim a pupil"), prose.text(_CLAIM_WORDS)),
                self._form,
            ]
        )
        panel.add_class("pt-panel")
        answering = (prose.Prose(prose.text(_ASKED_WORDS)), self._asked_table) if asked else ()
        self._place.children = (*answering, panel, self._claims_table)

    def _fields(self, school: SchoolChoice) -> tuple[Field, ...]:
        classes = claim_classes(self._context.caller, school.school_id)
        return (
            Field("upn", "UPN", "text", max_length=20),
            Field("date_of_birth", "Date of birth", "date"),
            Field("joins_on", "First day with you", "date", write_day(self._context.today())),
            Field(
                "year_group",
                "Year group",
                "select",
                "",
                (
                    ("", "By date of birth"),
                    *((str(group), label) for group, label in LABELS.items()),
                ),
            ),
            Field(
                "class_name",
                "Class",
                "select",
                "",
                (("", "Not known yet"), *((name, name) for name in classes)),
            ),
        )

    def _on_claim(self, sent: Submission) -> None:
        if self._school is None:
            return
        answers = sent.answers
        self._form.complain({})
        try:
            entry = ClaimEntry(
                upn=str(answers["upn"]),
                date_of_birth=read_day(answers["date_of_birth"], "date_of_birth"),
                joins_on=read_day(answers["joins_on"], "joins_on"),
                year_group=str(answers["year_group"]),
                class_name=str(answers["class_name"]),
            )
            number = claim_pupil(self._context.caller, self._school.school_id, entry)
        except InvalidEntry as error:
            self._form.complain({error.field: str(error)})
            return
        except TooManyAttempts as error:
            self._form.complain({"upn": str(error)})
            return
        self._draw()
        self._form.take_focus()
        claim = self._claims[str(number)]
        self._context.notice.show(
            "success",
            f"The claim is noted, and open until {claim.expires_on:%d/%m/%Y}. What becomes of it "
            "is shown below.",
        )

    def _on_claims_press(self, key: str, _column: str) -> None:
        if self._school is None:
            return
        try:
            withdraw_claim(self._context.caller, self._school.school_id, self._claims[key].id)
        except (Conflict, NotFound):
            self._draw()  # so that it is seen as it is now
            raise
        self._draw()
        self._form.take_focus()
        self._context.notice.show("success", "The claim is withdrawn.")

    # The local authority ------------------------------------------------------------------------

    def _draw_authority(self, school: SchoolChoice) -> None:
        found = open_claims(self._context.caller, school.local_authority_id)
        self._asked, self._open = {}, {}
        rows = []
        for claim in found:
            for holder in claim.holders or (None,):
                key = f"{claim.claim_id}-0" if holder is None else _key(holder)
                self._open[key] = claim
                if holder is not None:
                    self._asked[key] = holder
                rows.append(_open_row(key, claim, holder))
        self._asked_table.show(
            caption=f"Open claims: {len(found)}",
            row_heading="Claimed by",
            columns=(
                TableColumn("pupil", "Pupil"),
                TableColumn("holder", "Now at"),
                TableColumn("joins", "Joins on"),
                TableColumn("asked", "Claimed on"),
                TableColumn("until", "Open until"),
                TableColumn("refusal", "Refused"),
                TableColumn(GIVE, "Hand over"),
                TableColumn(CLOSE, "Close"),
            ),
            rows=rows,
            sortable=True,
            empty="No claim is open.",
        )
        self._place.children = (prose.Prose(prose.text(_AUTHORITY_WORDS)), self._asked_table)

    # Deciding -----------------------------------------------------------------------------------

    def _on_asked_press(self, key: str, column: str) -> None:
        if column == CLOSE:
            self._ask(
                f"Close the claim of {self._open[key].by_school}?",
                "The school is told that no school has confirmed it. It can claim again.",
                button="Close the claim",
                act=lambda _: self._close(self._open[key]),
            )
            return
        item = self._asked[key]
        if column == GIVE:
            self._ask(
                f"Hand {item.name} over to {item.by_school}?",
                _GOES_ALONG,
                button="Hand the record over",
                fields=(
                    Field(
                        "last_day",
                        f"Last day at {item.school_name}",
                        "date",
                        write_day(item.last_day),
                        hint=f"The pupil joins the other school on {item.joins_on:%d/%m/%Y}.",
                    ),
                ),
                act=lambda answers: self._give(item, answers["last_day"]),
            )
        else:
            self._ask(
                f"Refuse to hand {item.name} over?",
                "The local authority sees why, and can decide. The school that claims is not told.",
                button="Refuse",
                fields=(
                    Field(
                        "reason",
                        "Why",
                        "select",
                        "",
                        (("", "Choose"), *((one.value, one.label) for one in Refusal)),
                    ),
                ),
                act=lambda answers: self._refuse(item, str(answers["reason"])),
            )

    def _ask(
        self,
        question: str,
        words: str,
        *,
        button: str,
        act: Callable[[dict[str, Answer]], str],
        fields: Sequence[Field] = (),
    ) -> None:
        """Ask in the place of the tables; `act` does it and returns what is then said."""
        form = Form(
            name="decide-claim",
            legend=question,
            layout="column",
            fields=fields,
            buttons=((CANCEL, "Do nothing yet"), (DO_IT, button)),
        )

        def on_answer(sent: Submission) -> None:
            said = ""
            form.complain({})
            if sent.button == DO_IT:
                try:
                    said = act(dict(sent.answers))
                except InvalidEntry as error:
                    form.complain({error.field: str(error)})
                    return
                except (Conflict, NotFound):
                    self._draw()  # so that it is seen as it is now
                    self._heading.take_focus()
                    raise
            self._draw()
            self._heading.take_focus()
            if said:
                self._context.notice.show("success", said)

        form.on_submit(self._context.guarded(on_answer))
        panel = ipywidgets.VBox([prose.Prose(prose.subheading(question), prose.text(words)), form])
        panel.add_class("pt-panel")
        self._place.children = (panel,)
        form.take_focus()

    def _give(self, item: AskedFor, last_day: Answer) -> str:
        done = confirm_claim(
            self._context.caller,
            item.school_id,
            item.claim_id,
            last_day=read_day(last_day, "last_day"),
        )
        went = (
            counted(done.interventions, "intervention"),
            counted(done.results, "official result"),
        )
        return f"{item.name} is handed over to {item.by_school}, with {went[0]} and {went[1]}."

    def _refuse(self, item: AskedFor, reason: str) -> str:
        refuse_claim(self._context.caller, item.school_id, item.claim_id, reason=reason)
        return f"{item.name} stays with you. The local authority sees that you refused."

    def _close(self, claim: OpenClaim) -> str:
        if self._school is None:
            return ""
        close_claim(self._context.caller, self._school.local_authority_id, claim.claim_id)
        return f"The claim of {claim.by_school} is closed."

    def _on_step(self, _key: str) -> None:
        self._on_close()


def _key(item: AskedFor) -> str:
    return f"{item.claim_id}-{item.school_id}"


def _dates(item: AskedFor | OpenClaim | Claim) -> tuple[TableCell, TableCell, TableCell]:
    """Return the cells of joining, claiming and the end."""
    days = (item.joins_on, day_in_london(item.asked_at), item.expires_on)
    joins, asked, until = (TableCell(f"{day:%d/%m/%Y}", sort=day.isoformat()) for day in days)
    return joins, asked, until


def _asked_row(key: str, item: AskedFor) -> TableRow:
    return TableRow(
        key,
        TableCell(item.name),
        (
            TableCell(item.by_school),
            *_dates(item),
            TableCell("Hand over", press=f"Hand over {item.name}"),
            TableCell("Refuse", press=f"Refuse to hand over {item.name}"),
        ),
    )


def _open_row(key: str, claim: OpenClaim, holder: AskedFor | None) -> TableRow:
    of_whom = "" if holder is None else f"{holder.name} of {holder.school_name}"
    return TableRow(
        key,
        TableCell(claim.by_school),
        (
            TableCell("" if holder is None else holder.name),
            TableCell(_NOBODY if holder is None else holder.school_name),
            *_dates(claim),
            TableCell(claim.refusal),
            TableCell("") if holder is None else TableCell("Hand over", f"Hand over {of_whom}"),
            TableCell("Close", press=f"Close the claim of {claim.by_school} {of_whom}".strip()),
        ),
    )


def _claim_row(key: str, item: Claim) -> TableRow:
    joins, asked, until = _dates(item)
    tone = "good" if item.outcome is ClaimOutcome.CONFIRMED else ""
    return TableRow(
        key,
        TableCell(item.upn),
        (
            TableCell(f"{item.date_of_birth:%d/%m/%Y}", sort=item.date_of_birth.isoformat()),
            TableCell(item.place),
            joins,
            asked,
            TableCell(item.who),
            until,
            TableCell(item.outcome.value, tone=tone),
            TableCell("Withdraw", press=f"Withdraw the claim of {item.upn}")
            if item.may_be_withdrawn
            else TableCell(""),
        ),
    )
