import { el } from "../shared/dom";
import { type CellAddress, hasTyped } from "./cell";
import type { GridView } from "./grid";
import { columnName, count, stateText } from "./words";

const MOST_LISTED = 5;

export interface Fault extends CellAddress {
  reason: string;
}

/** A box above the table that lists what was not taken or not saved, until it is mended or closed. */
export class Report {
  readonly element = el("div", { class: "ptg-notice ptg-notice-trouble", role: "group", hidden: "" });
  private faults: Fault[] = [];
  private notes: string[] = [];

  constructor(private readonly grid: GridView) {
    this.element.setAttribute("aria-label", "What was not saved");
  }

  /** Show notes, and the cells at fault with a way to each. */
  show(title: string, faults: readonly Fault[], notes: readonly string[] = []): void {
    this.faults = [...faults];
    this.notes = [...notes];
    const list = el("ul", { class: "ptg-notice-list" });
    for (const fault of faults.slice(0, MOST_LISTED)) list.append(el("li", {}, this.wayTo(fault)));
    if (faults.length > MOST_LISTED) list.append(el("li", {}, `and ${faults.length - MOST_LISTED} more`));
    const close = el("button", { type: "button", class: "ptg-button" }, "Close");
    close.addEventListener("click", () => this.close());
    this.element.replaceChildren(
      el(
        "div",
        { class: "ptg-notice-text" },
        el("strong", {}, title),
        ...notes.map((note) => el("p", { class: "ptg-notice-line" }, note)),
        faults.length > 0 && list,
      ),
      el("div", { class: "ptg-notice-buttons" }, close),
    );
    this.element.hidden = false;
    this.grid.keepInView();
  }

  /** Save was pressed: say that all is saved, or list what is in the way. */
  showUnsaved(): void {
    const { session } = this.grid;
    const faults = session.store.typedCells().map(({ row, column: key, cell }): Fault => {
      const column = session.store.column(key)!;
      return { row, column: key, reason: cell.reason || stateText(column, cell) || "It is still being saved." };
    });
    const [first] = faults;
    if (!first) {
      this.close();
      this.grid.say(session.statusText || "There is nothing to save: each cell is saved as it is entered.");
      return;
    }
    const title = `${count(faults.length, "entry", "entries")} ${faults.length === 1 ? "is" : "are"} not saved`;
    this.show(title, faults);
    this.grid.say(`${title}. ${this.nameOf(first)}: ${first.reason}`);
  }

  private nameOf({ row, column: key }: Fault): string {
    const { store } = this.grid.session;
    const column = store.column(key);
    return `${store.row(row)?.[1] ?? ""}, ${column ? columnName(column) : ""}`;
  }

  private wayTo(fault: Fault): HTMLElement {
    const way = el("button", { type: "button", class: "ptg-way" }, this.nameOf(fault));
    way.addEventListener("click", () => this.grid.focusCell(fault.row, fault.column));
    return el("span", {}, way, `: ${fault.reason}`);
  }

  /** Once every cell at fault is mended the list has served. */
  update(): void {
    if (this.element.hidden || this.notes.length > 0) return;
    const { store } = this.grid.session;
    const open = this.faults.some(({ row, column }) => {
      const cell = store.cell(row, column);
      return cell !== undefined && hasTyped(cell);
    });
    if (!open) this.close();
  }

  close(): void {
    if (this.element.hidden) return;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (hadFocus) this.grid.focusAgain();
  }
}
