"""What a pupil matrix's page shows: the primary cohort, its layers, the figure asked about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pandas as pd
import traitlets

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.statutory import measure_label
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.errors import InvalidEntry, UserFacingError
from pupiltrack_core.reports.matrix_files import matrix_pdf, matrix_workbook
from pupiltrack_core.reports.matrix_words import label_of_result
from pupiltrack_core.services.matrix_names import names_behind_result, names_behind_set
from pupiltrack_core.services.pupil_matrix import PupilMatrix, add_layer, pupil_matrix
from pupiltrack_core.services.view_choices import load_view, save_view
from pupiltrack_portal.pages.cohort_choice import LAST_COHORT, CohortChoice
from pupiltrack_portal.pages.context import PageContext

REMEMBERED = "matrix"
OF_SET, OF_RESULT = "set", "result"
_PRIMARY, _LAYERS = "primary", "layers"


class MatrixModel(traitlets.HasTraits):
    """The primary cohort, the layers, and the figure whose pupils are shown.

    `behind` is nothing, ("set", place, subject, row) with 0 for the primary set, or ("result",
    place of the table, measure, result).
    """

    matrix = traitlets.Instance(PupilMatrix, allow_none=True)
    behind = traitlets.Tuple(default_value=())

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self.choice = CohortChoice(context, with_authority=True, remembered_as=LAST_COHORT)
        self.layer_choice = CohortChoice(context, with_authority=True, like=self.choice)
        self.refresh(self._remembered_layers())

    def refresh(self, layers: Sequence[CohortSelection] | None = None) -> None:
        """Read the matrix of the chosen cohort with `layers`, those on view by default."""
        self.behind = ()
        chosen = self.choice.selection
        kept = self.layers if layers is None else layers
        self.matrix = None if chosen is None else pupil_matrix(self._caller, chosen, kept)

    @property
    def layers(self) -> tuple[CohortSelection, ...]:
        """The cohorts of the layers, in the order shown."""
        return () if self.matrix is None else tuple(one.selection for one in self.matrix.layers)

    def add(self, layer: CohortSelection) -> None:
        """Put one more layer at the head of the others."""
        self.behind = ()
        self.matrix = add_layer(self._caller, self._on_view(), layer)

    def move(self, place: int, by: int) -> int:
        """Move a layer up (-1) or down (1); return the place it has now."""
        order = list(range(len(self.layers)))
        to = place + by
        if not (0 <= place < len(order) and 0 <= to < len(order)):
            raise InvalidEntry("This layer cannot be moved there.", field="layers")
        order.insert(to, order.pop(place))
        self.behind = ()
        self.matrix = self._on_view().arranged(order)
        return to

    def remove(self, place: int) -> None:
        """Take a layer away."""
        order = [at for at in range(len(self.layers)) if at != place]
        self.behind = ()
        self.matrix = self._on_view().arranged(order)

    def toggle(self, *asked: Any) -> None:
        """Show the pupils behind a figure; the same figure again hides them."""
        self.behind = () if self.behind == asked else asked

    def names(self) -> tuple[str, pd.DataFrame] | None:
        """Return what the figure asked for counts, and its pupils; None when none is asked for."""
        if not self.behind or self.matrix is None:
            return None
        kind, place, first, second = self.behind
        if kind == OF_SET:
            one = self.matrix.sets[place]
            found = names_behind_set(self._caller, one, first, second)
            row = self.matrix.wording.row_label(SummaryRow(second))
            which = "Primary set" if place == 0 else f"Layer {place}"
            return f"{which}, {subject_label(first)}: {row}", found
        table = self.matrix.results[place]
        found = names_behind_result(
            self._caller, self.matrix.primary, table, measure=first, result=second
        )
        return f"{measure_label(first)}: {label_of_result(table, second)}", found

    def pdf(self, *, with_names: bool = False, publish: bool = False) -> bytes:
        """Return the matrix on view as a PDF, with the pupils on view after it if asked."""
        shown = self.names() if with_names else None
        if with_names and shown is None:
            raise InvalidEntry("Press a figure to see its pupils first.", field="names")
        return matrix_pdf(self._caller, self._fresh(), names=shown, publish=publish)

    def workbook(self) -> bytes:
        """Return the matrix on view as a workbook."""
        return matrix_workbook(self._caller, self._fresh())

    # --- keeping it -------------------------------------------------------------------------------

    def content(self) -> tuple[dict[str, Any], int | None]:
        """Return what the matrix is chosen by, to be kept, and the school of its primary set."""
        primary = self._on_view().primary.selection
        kept = {
            _PRIMARY: primary.to_query(),
            _LAYERS: [layer.to_query() for layer in self.layers],
        }
        return kept, primary.school_id

    def open(self, content: dict[str, Any]) -> str:
        """Show a matrix that was kept; return what to tell, "" for nothing.

        Raise `InvalidEntry` for one that cannot be read, and as the services do for a primary set
        that is out of reach by now.
        """
        primary, layers = _read(content)
        before = self.choice.selection
        try:
            self._choose(primary)
            self.refresh(layers)
        except UserFacingError:
            if before is not None:
                self._choose(before)
            raise
        if self.choice.selection != primary:
            return (
                "The assessment or class of its primary set is not there any more; the latest "
                "assessment is shown."
            )
        return ""

    def _choose(self, primary: CohortSelection) -> None:
        self.choice.several = bool(primary.school_ids)
        self.choice.choose(primary)

    def remember(self) -> None:
        """Keep the matrix for the next visit, or for when the page is loaded again."""
        if self.matrix is None:
            return
        # One of very many schools named one by one is too large to be kept: it stays on view.
        with suppress(InvalidEntry):
            save_view(self._caller, REMEMBERED, self.content()[0])

    def _remembered_layers(self) -> Sequence[CohortSelection]:
        saved = load_view(self._caller, REMEMBERED)
        try:
            primary, layers = _read(saved)
        except InvalidEntry:
            return ()
        return layers if primary == self.choice.selection else ()

    def _on_view(self) -> PupilMatrix:
        if self.matrix is None:
            raise InvalidEntry("There is no matrix on view.", field="school")
        return self.matrix

    def _fresh(self) -> PupilMatrix:
        """Return the matrix as it is now, for a file."""
        on_view = self._on_view()
        return pupil_matrix(self._caller, on_view.primary.selection, self.layers)


def _read(content: dict[str, Any]) -> tuple[CohortSelection, list[CohortSelection]]:
    """Return the cohorts of a kept matrix; raise `InvalidEntry` for what is none."""
    primary, layers = content.get(_PRIMARY), content.get(_LAYERS)
    if not isinstance(primary, dict) or not isinstance(layers, list):
        raise InvalidEntry("This matrix cannot be read. Choose its data again.", field="view")
    queries = [
        {str(name): str(value) for name, value in query.items()}
        for query in (primary, *layers)
        if isinstance(query, dict)
    ]
    first, *others = (CohortSelection.from_query(query) for query in queries)
    return first, others
