"""Requests for accounts as the local authority answers them, oldest first, and what was decided."""

from __future__ import annotations

from datetime import timedelta

import ipywidgets

from pupiltrack_core.domain.local_time import day_in_london, write_moment
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.account_requests import (
    LONGEST_REASON,
    PROMISE,
    AccountRequest,
    AddressMatch,
    DecidedRequest,
    approve_request,
    decided_requests,
    reject_request,
    waiting_requests,
)
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

APPROVE, REJECT = "approve", "reject"
_HOURS = int(PROMISE / timedelta(hours=1))
_WORDS = (
    f"Schools are promised an answer within {_HOURS} hours. Whoever is approved sees children's "
    "data: be sure that the address belongs to the head, and ring the school where you are not."
)


class AccountRequestsPart:
    """The queue; a press on a name opens the request to decide."""

    def __init__(self, context: PageContext, local_authority_id: int) -> None:
        self._context = context
        self._authority = local_authority_id
        self._waiting: dict[str, AccountRequest] = {}
        self._chosen: AccountRequest | None = None
        self._queue, self._decided = FiguresTable(), FiguresTable()
        self._queue.on_press(context.guarded(self._on_press))
        self._list = ipywidgets.VBox([prose.Prose(prose.text(_WORDS)), self._queue, self._decided])
        self._list.add_class("pt-stack")
        self._heading = StepHeading()
        self._heading.on_step(context.guarded(self._on_step))
        self._told = prose.Prose()
        self._form = Form(
            name="decide",
            legend="Decide",
            layout="column",
            buttons=((APPROVE, "Approve"), (REJECT, "Reject")),
        )
        self._form.on_submit(context.guarded(self._on_submit))
        self._form.add_class("pt-panel")
        self._panel = ipywidgets.VBox([])
        self._panel.add_class("pt-stack")
        self.widget = ipywidgets.VBox([self._list, self._panel])
        self.widget.add_class("pt-stack")
        self._draw()

    def _draw(self) -> None:
        caller = self._context.caller
        waiting = waiting_requests(caller, self._authority)
        self._waiting = {str(item.request_id): item for item in waiting}
        late = sum(item.is_late for item in waiting)
        number = len(waiting)
        what = f"{number} {'request' if number == 1 else 'requests'} to decide"
        self._queue.show(
            caption=f"{what}, {late} longer than {_HOURS} hours" if late else what,
            row_heading="Who",
            columns=(
                TableColumn("school", "School"),
                TableColumn("role", "As"),
                TableColumn("since", "Since"),
                TableColumn("waited", "Waiting", numeric=True),
                TableColumn("address", "Address"),
            ),
            rows=[_waiting_row(key, item) for key, item in self._waiting.items()],
            sortable=True,
            empty="Nobody waits.",
        )
        self._decided.show(
            caption="Decided within the last 60 days",
            row_heading="Who",
            columns=(
                TableColumn("school", "School"),
                TableColumn("role", "As"),
                TableColumn("at", "Decided"),
                TableColumn("by", "By"),
                TableColumn("what", "Decision"),
            ),
            rows=[
                _decided_row(str(place), item)
                for place, item in enumerate(decided_requests(caller, self._authority))
            ],
            empty="Nothing was decided.",
        )

    def _on_press(self, key: str, _column: str) -> None:
        item = self._chosen = self._waiting[key]
        self._heading.show(
            item.display_name,
            line=f"{item.school}, {item.laestab[:3]}/{item.laestab[3:]}",
            position="",
            steps=(HeadingStep("back", "Back to the list"),),
        )
        self._told.show(prose.bullets(_facts(item)))
        self._form.show(
            (
                Field(
                    "reason",
                    "Reason, if you reject: it is sent to the person",
                    "textarea",
                    max_length=LONGEST_REASON,
                ),
            )
        )
        own = prose.Prose(prose.text("It is your own request: a colleague decides it."))
        last = self._form if item.may_decide else own
        self._panel.children = (self._heading, self._told, last)
        self._list.layout.display = "none"
        self._heading.take_focus()

    def _on_submit(self, sent: Submission) -> None:
        item = self._chosen
        if item is None:
            return
        self._form.complain({})
        error = try_to_store(self._form, lambda: self._decide(sent, item), conflict="reason")
        if isinstance(error, Conflict):
            self._close()
            self._context.notice.show("warning", str(error))
        elif error is None:
            self._close()
            what = "approved" if sent.button == APPROVE else "rejected"
            self._context.notice.show(
                "success", f"The request is {what}; the person is told by e-mail."
            )

    def _decide(self, sent: Submission, item: AccountRequest) -> None:
        caller = self._context.caller
        if sent.button == APPROVE:
            approve_request(caller, item.request_id, portal=self._context.portal)
        else:
            reject_request(caller, item.request_id, str(sent.answers["reason"]))

    def _on_step(self, _key: str) -> None:
        self._close()

    def _close(self) -> None:
        chosen, self._chosen = self._chosen, None
        self._panel.children = ()
        self._draw()
        self._list.layout.display = ""
        rows = [str(chosen.request_id)] if chosen else []
        for key in (*rows, *self._waiting):
            if self._queue.take_focus(key):
                break


def waited_words(item: AccountRequest) -> str:
    """Return how long somebody waits: "31 hours", or "51 hours, late"."""
    hours = int(item.waited / timedelta(hours=1))
    words = "1 hour" if hours == 1 else f"{hours} hours"
    return f"{words}, late" if item.is_late else words


def _facts(item: AccountRequest) -> list[str]:
    heads = ", ".join(item.heads) if item.heads else "nobody yet"
    asked = item.asked_by or "the person, who has opened the link in a message to this address"
    return [
        f"As: {item.role.label}",
        f"Asked for by: {asked}",
        f"E-mail address: {item.email} ({item.match.value})",
        f"User name: {item.user_name}",
        f"Head there already: {heads}",
        f"Waiting since {write_moment(item.since)}: {waited_words(item)}",
    ]


_ADDRESSES = {
    AddressMatch.SAME: ("The school's", "good"),
    AddressMatch.OTHER: ("Another domain", "warning"),
    AddressMatch.UNKNOWN: ("Not on record", ""),
}


def _waiting_row(key: str, item: AccountRequest) -> TableRow:
    words, tone = _ADDRESSES[item.match]
    return TableRow(
        key,
        TableCell(item.display_name, press=f"Decide on {item.display_name}, {item.school}"),
        (
            TableCell(item.school),
            TableCell(item.role.label),
            TableCell(write_moment(item.since), sort=item.since.isoformat()),
            TableCell(
                waited_words(item),
                sort=item.waited.total_seconds(),
                tone="problem" if item.is_late else "",
            ),
            TableCell(words, tone=tone),
        ),
    )


def _decided_row(key: str, item: DecidedRequest) -> TableRow:
    decision = "Approved" if item.is_approved else f"Rejected: {item.reason}"
    return TableRow(
        key,
        TableCell(item.display_name),
        (
            TableCell(item.school),
            TableCell(item.role.label),
            TableCell(
                f"{day_in_london(item.decided_at):%d/%m/%Y}", sort=item.decided_at.isoformat()
            ),
            TableCell(item.decided_by),
            TableCell(decision),
        ),
    )
