import { el } from "../shared/dom";
import type { GridView } from "./grid";
import { count } from "./words";

/** The line above the table: its caption, undo and redo, what is filtered, how far saving is. */
export class Toolbar {
  readonly element: HTMLElement;
  private readonly caption: HTMLElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly filtered = el("span", { class: "ptg-filter-note" });
  private readonly showAll: HTMLButtonElement;
  private readonly status = el("span", { class: "ptg-status" });
  private readonly retry: HTMLButtonElement;

  constructor(private readonly grid: GridView) {
    const { session } = grid;
    this.caption = el("div", { class: "ptg-caption", id: `${grid.uid}caption` });
    this.undo = this.button("Undo", () => session.step("undo"));
    this.redo = this.button("Redo", () => session.step("redo"));
    this.showAll = this.button("Show all rows", () => {
      grid.clearFilters();
      grid.focusPlace(grid.active);
    });
    this.retry = this.button("Try again now", () => session.sender.retryNow());
    this.element = el(
      "div",
      { class: "ptg-bar" },
      this.caption,
      el("span", { class: "ptg-saving" }, this.status, this.retry),
      el("span", { class: "ptg-tools" }, this.filtered, this.showAll, this.undo, this.redo),
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
    const { store, history } = session;
    this.caption.textContent = store.caption || store.rowHeading || "Table";
    this.undo.hidden = this.redo.hidden = store.readOnly;
    // Not `disabled`: a button that loses its last use would drop the focus on the page.
    this.undo.setAttribute("aria-disabled", String(!history.canUndo));
    this.redo.setAttribute("aria-disabled", String(!history.canRedo));
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
