import { el } from "../shared/dom";
import { clearFilters } from "./arranging";
import type { GridView } from "./grid";
import { openHistory } from "./history_panel";
import { openPalette } from "./palette";
import { count } from "./words";

/** The line above the table: its caption, how far saving is, what is filtered, and the tools. */
export class Toolbar {
  readonly element: HTMLElement;
  private readonly caption: HTMLElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly colour: HTMLButtonElement;
  private readonly past: HTMLButtonElement;
  private readonly bars: HTMLButtonElement;
  private readonly save: HTMLButtonElement;
  private readonly filtered = el("span", { class: "ptg-filter-note" });
  private readonly showAll: HTMLButtonElement;
  private readonly status = el("span", { class: "ptg-status" });
  private readonly retry: HTMLButtonElement;

  constructor(private readonly grid: GridView) {
    const { session } = grid;
    const back = () => grid.focusAgain();
    this.caption = el("div", { class: "ptg-caption", id: `${grid.uid}caption` });
    this.undo = this.button("Undo", () => session.step("undo"));
    this.redo = this.button("Redo", () => session.step("redo"));
    this.colour = this.button("Colour", () => openPalette(grid, this.colour, back));
    this.colour.setAttribute("aria-haspopup", "menu");
    this.past = this.button("History", () => openHistory(grid, this.past, back));
    this.past.setAttribute("aria-haspopup", "dialog");
    this.bars = this.button("Bars at the foot", () => {
      session.layout.setBars(!session.layout.bars);
      session.layoutChanged();
    });
    this.save = this.button("Save", () => session.saveNow());
    this.showAll = this.button("Show all rows", () => {
      clearFilters(grid);
      grid.focusPlace(grid.active);
    });
    this.retry = this.button("Try again now", () => session.sender.retryNow());
    this.element = el(
      "div",
      { class: "ptg-bar" },
      this.caption,
      el("span", { class: "ptg-saving" }, this.status, this.retry),
      el(
        "span",
        { class: "ptg-tools" },
        this.filtered, this.showAll, this.undo, this.redo, this.colour, this.past, this.bars, this.save,
      ),
    );
  }

  private button(label: string, run: () => void): HTMLButtonElement {
    const button = el("button", { type: "button", class: "ptg-button" }, label);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") run();
    });
    return button;
  }

  update(): void {
    const { session, table } = this.grid;
    const { store, history, layout } = session;
    this.caption.textContent = store.caption || store.rowHeading || "Table";
    this.undo.hidden = this.redo.hidden = this.save.hidden = store.readOnly;
    // Not `disabled`: a button that loses its last use would drop the focus on the page.
    this.undo.setAttribute("aria-disabled", String(!history.canUndo));
    this.redo.setAttribute("aria-disabled", String(!history.canRedo));
    this.colour.hidden = store.readOnly || !store.columns.some((column) => column.colourable);
    this.past.hidden = !session.hasHistory;
    this.bars.hidden = !store.foot.some(([, , , cells]) =>
      Object.values(cells).some(([, , share]) => share !== undefined),
    );
    this.bars.setAttribute("aria-pressed", String(layout.bars));
    const isFiltered = session.view.filters.size > 0;
    this.showAll.hidden = this.filtered.hidden = !isFiltered;
    this.filtered.textContent = isFiltered
      ? `Showing ${table.order.length} of ${count(store.rows.length, "row")}`
      : "";
    const { unsaved, refused, conflict } = store.counts();
    this.status.textContent = session.statusText;
    this.status.classList.toggle("ptg-trouble", unsaved + refused + conflict > 0);
    const focused = document.activeElement === this.retry;
    this.retry.hidden = unsaved === 0 && !focused;
  }
}
