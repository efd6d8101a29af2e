import { el } from "../shared/dom";
import type { Descriptions } from "./descriptions";
import type { Session } from "./session";
import type { TableHead } from "./table_head";
import type { Column, WireFigure, WireFootRow } from "./wire";

const NO_FIGURE: WireFigure = ["", ""];

/** The foot: lines of figures under the columns, with bars where they have a share. */
export class TableFoot {
  readonly element = el("tfoot", { role: "rowgroup" });
  private shown: WireFootRow[] = [];

  constructor(
    private readonly session: Session,
    private readonly uid: string,
    private readonly head: TableHead,
    private readonly descriptions: Descriptions,
  ) {}

  private get columns(): Column[] {
    return this.session.store.columns;
  }

  /** Draw every line; `before` rows of the table come first. */
  build(before: number): void {
    const { foot } = this.session.store;
    this.element.replaceChildren(...foot.map((line, at) => this.row(line, at, before + at + 1)));
    this.shown = foot;
  }

  private row([, label, description, cells, tone]: WireFootRow, at: number, index: number): HTMLTableRowElement {
    const id = `${this.uid}f${at}`;
    const heading = el(
      "th",
      { class: "ptg-foot-head", id, role: "rowheader", scope: "row" },
      el("span", { class: "ptg-clip" }, label),
    );
    this.descriptions.describe(heading, description);
    const row = el(
      "tr",
      { role: "row", class: `ptg-foot-row ptg-t-${tone || "neutral"}`, "aria-rowindex": index },
      heading,
    );
    this.columns.forEach((column, c) => {
      const figure = cells[column.key] ?? NO_FIGURE;
      const cell = el(
        "td",
        {
          class: `ptg-foot-cell ptg-k-${column.kind}${this.head.edge(c)}`,
          role: "gridcell",
          headers: `${id} ${this.head.headerIds[c]}`,
          "aria-readonly": "true",
        },
        figure[0],
      );
      this.describe(cell, at, c, figure);
      this.drawBar(cell, figure);
      row.append(cell);
    });
    return row;
  }

  private describe(cell: Element, row: number, column: number, figure: WireFigure): void {
    this.descriptions.describeAt(cell, `g${row}-${column}`, figure[1]);
  }

  /** A bar is only a length behind the figure, which says the same in words. */
  private drawBar(cell: HTMLElement, [, , share]: WireFigure): void {
    const on = this.session.layout.bars && share !== undefined;
    cell.classList.toggle("ptg-share", on);
    if (on) cell.style.setProperty("--ptg-share", `${(share * 100).toFixed(1)}%`);
    else cell.style.removeProperty("--ptg-share");
  }

  /** Change the foot's words in place, so that a focused figure keeps the focus. */
  update(before: number): void {
    const { foot } = this.session.store;
    if (foot.length !== this.element.rows.length) {
      this.build(before);
      return;
    }
    // Only what differs is touched: a foot has hundreds of figures, an entry changes a few.
    foot.forEach((line, r) => {
      const [key, label, description, cells, tone] = line;
      const [shownKey, shownLabel, shownDescription, shown, shownTone] = this.shown[r] ?? [];
      const row = this.element.rows[r]!;
      if (key !== shownKey || label !== shownLabel || description !== shownDescription || tone !== shownTone) {
        row.replaceWith(this.row(line, r, before + r + 1));
        return;
      }
      this.columns.forEach((column, c) => {
        const figure = cells[column.key] ?? NO_FIGURE;
        const old = shown?.[column.key] ?? NO_FIGURE;
        const cell = row.cells[c + 1]!;
        if (figure[0] !== old[0]) cell.textContent = figure[0];
        if (figure[1] !== old[1]) this.describe(cell, r, c, figure);
        if (figure[2] !== old[2]) this.drawBar(cell, figure);
      });
    });
    this.shown = foot;
  }

  /** Show the bars, or take them away. */
  updateBars(): void {
    this.shown.forEach(([, , , cells], r) => {
      const row = this.element.rows[r]!;
      this.columns.forEach((column, c) => this.drawBar(row.cells[c + 1]!, cells[column.key] ?? NO_FIGURE));
    });
  }
}
