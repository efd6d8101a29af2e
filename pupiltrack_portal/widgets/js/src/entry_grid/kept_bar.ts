import { el } from "../shared/dom";
import { type KeptCell, planReturn } from "./kept";
import type { GridView } from "./grid";
import { button, openPanelBeside } from "./panel";
import { columnName, count, quoted, timeOfDay } from "./words";

/** Offers what was typed in an earlier page and never stored. */
export class KeptBar {
  readonly element = el("div", { class: "ptg-notice", role: "group", "aria-label": "Typed and not saved", hidden: "" });
  private readonly text = el("div", { class: "ptg-notice-text" });
  private readonly putIn: HTMLButtonElement;
  private readonly show: HTMLButtonElement;

  constructor(private readonly grid: GridView) {
    this.putIn = button("Put them in", () => grid.session.putInKept(), true);
    this.show = button("Show", () => this.open());
    this.element.append(
      this.text,
      el(
        "div",
        { class: "ptg-notice-buttons" },
        this.putIn,
        this.show,
        button("Throw them away", () => grid.session.dropKept()),
      ),
    );
  }

  update(): void {
    const { offered, store } = this.grid.session;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = offered.length === 0 || store.readOnly;
    if (this.element.hidden) {
      if (hadFocus) this.grid.focusAgain();
      return;
    }
    const words = this.words(offered);
    if (this.text.textContent !== words) this.text.textContent = words;
    const one = offered.length === 1;
    this.putIn.textContent = one ? "Put it in" : "Put them in";
    const here = offered.length - planReturn(store, offered).elsewhere.length;
    this.putIn.hidden = here === 0;
  }

  /** What is said when the grid opens; "" when nothing is offered. */
  get announcement(): string {
    return this.element.hidden ? "" : `${this.text.textContent} You can put them in above the table.`;
  }

  private words(offered: readonly KeptCell[]): string {
    const { store } = this.grid.session;
    const { elsewhere } = planReturn(store, offered);
    const at = new Date(Math.max(...offered.map((cell) => cell.at)));
    const today = at.toDateString() === new Date().toDateString();
    const when = today ? timeOfDay(at) : `${timeOfDay(at)} yesterday`;
    const was = offered.length === 1 ? "was" : "were";
    const first = `${count(offered.length, "value")} typed at ${when} ${was} not saved.`;
    if (elsewhere.length === 0) return first;
    const all = elsewhere.length === offered.length;
    const which = !all ? String(elsewhere.length) : elsewhere.length === 1 ? "It" : "They";
    if (elsewhere.every(({ row, column }) => !store.cell(row, column))) {
      const belong = which === "They" || elsewhere.length > 1 ? "belong" : "belongs";
      return `${first} ${which} ${belong} to rows or columns not shown here.`;
    }
    return `${first} ${which} cannot be put in now: the cell is not shown, is for reading only or holds something newer.`;
  }

  private open(): void {
    const { session } = this.grid;
    const { store } = session;
    const rows = session.offered.map(({ row, column: key, value, version }) => {
      const column = store.column(key);
      const cell = store.cell(row, key);
      const name = cell && column ? `${store.row(row)?.[1] ?? ""}, ${columnName(column)}` : "Not shown here";
      const typed = column ? quoted(column, value) : value === null ? "blank" : `“${value}”`;
      const now = cell && column ? quoted(column, cell.value) : "";
      const changed = cell && cell.version !== version ? " (changed since)" : "";
      return el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, typed), el("td", {}, now + changed));
    });
    const { popup, focusFirst } = openPanelBeside(
      this.grid, this.show, () => this.show.focus(), "Typed and not saved",
      [
        el(
          "div",
          { class: "ptg-panel-scroll", tabindex: 0, role: "group", "aria-label": "The values" },
          el(
            "table",
            { class: "ptg-list" },
            el(
              "thead",
              {},
              el(
                "tr",
                {},
                el("th", { scope: "col" }, "Cell"),
                el("th", { scope: "col" }, "You typed"),
                el("th", { scope: "col" }, "Saved now"),
              ),
            ),
            el("tbody", {}, ...rows),
          ),
        ),
        el("div", { class: "ptg-buttons" }, button("Close", () => popup.close(true))),
      ],
      "ptg-wide",
    );
    focusFirst();
  }
}
