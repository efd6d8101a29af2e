import { el } from "../shared/dom";
import type { Section } from "./selection";
import type { Session } from "./session";
import type { CellAddress, State } from "./store";
import { shown } from "./store";
import { labelOf } from "./values";
import { isWindowed, rowsInView, type Span, spansToKeep, topsOf } from "./windowing";
import type { Column, WireFootRow, WireRow } from "./wire";
import { ROW_HEADING, type Sort } from "./ordering";

const MARKS: Record<State, string> = {
  "": "",
  pending: "…",
  saved: "✓",
  unsaved: "↻",
  refused: "!",
  conflict: "≠",
};
const SPOKEN: Record<State, string> = {
  "": "",
  pending: "",
  saved: "",
  unsaved: ", not saved yet",
  refused: ", not saved",
  conflict: ", changed by someone else",
};
const FIRST_GUESS = { plain: 32, flagged: 44, height: 640 };

/** Draws the rows and cells of a session's store; knows nothing of keys, pointers or menus. */
export class Table {
  readonly element: HTMLTableElement;
  private head = el("thead", { role: "rowgroup" });
  private body = el("tbody", { role: "rowgroup" });
  private foot = el("tfoot", { role: "rowgroup" });
  /** Keys of the rows in view, in order. */
  order: string[] = [];
  private rowNumber = new Map<string, number>();
  readonly descriptions = el("div", { hidden: "" });
  private descriptionIds = new Map<string, string>();
  private figureDescriptions = new Map<string, HTMLElement>();
  private shownFoot: WireFootRow[] = [];
  private drawn = new Map<string, HTMLTableRowElement>();
  private spacers = new Map<"first" | "between" | "last", HTMLTableRowElement>();
  private leaves: HTMLTableCellElement[] = [];
  private headingCell!: HTMLTableCellElement;
  private headingHeaders: string[] = [];
  private firstColumn = el("col");
  private heights = { plain: FIRST_GUESS.plain, flagged: FIRST_GUESS.flagged };
  private tops: number[] = [0];
  private headingWidth = 160;

  constructor(
    private readonly session: Session,
    private readonly uid: string,
  ) {
    this.element = el("table", { class: "ptg-table", role: "grid" });
  }

  get columns(): Column[] {
    return this.session.store.columns;
  }

  get windowed(): boolean {
    return isWindowed(this.order.length, this.columns.length);
  }

  build(order: string[]): void {
    const { store } = this.session;
    this.rowNumber = new Map(store.rows.map(([key], at) => [key, at]));
    const { groups, rows } = this.buildHead();
    this.head.replaceChildren(...rows);
    this.element.replaceChildren(...groups, this.head, this.body, this.foot);
    this.element.setAttribute("aria-multiselectable", "true");
    if (store.readOnly) this.element.setAttribute("aria-readonly", "true");
    else this.element.removeAttribute("aria-readonly");
    this.drawn.clear();
    this.spacers.clear();
    this.body.replaceChildren();
    this.setOrder(order);
    this.buildFoot();
    this.fitHeading(Number.POSITIVE_INFINITY);
  }

  setOrder(order: string[]): void {
    this.order = order;
    this.reckonTops();
  }

  /** A flagged row has a second line; all other rows are alike. */
  private reckonTops(): void {
    const { store } = this.session;
    this.tops = topsOf(
      this.order.map((key) => (store.row(key)?.[3] ? this.heights.flagged : this.heights.plain)),
    );
  }

  get rowHeight(): number {
    return this.heights.plain;
  }

  /** Where a row begins and ends below the headings. */
  extentOf(row: number): { top: number; bottom: number } {
    return { top: this.tops[row] ?? 0, bottom: this.tops[row + 1] ?? 0 };
  }

  private buildHead(): { groups: HTMLElement[]; rows: HTMLTableRowElement[] } {
    const { store } = this.session;
    const twoLevels = this.columns.some((column) => column.group);
    const top = el("tr", { role: "row", "aria-rowindex": 1 });
    const bottom = el("tr", { role: "row", "aria-rowindex": 2 });
    const groups: HTMLElement[] = [el("colgroup", {}, this.firstColumn)];
    this.headingCell = el("th", {
      class: "ptg-head ptg-heading",
      id: `${this.uid}h`,
      role: "columnheader",
      scope: "col",
      rowspan: twoLevels ? 2 : null,
    });
    top.append(this.headingCell);
    this.fillHead(this.headingCell, store.rowHeading || "Row", "");
    this.leaves = [];
    this.headingHeaders = [];
    for (let at = 0; at < this.columns.length; ) {
      const { group } = this.columns[at]!;
      let end = at + 1;
      while (group && this.columns[end]?.group === group) end++;
      const members = this.columns.slice(at, end);
      groups.push(el("colgroup", {}, ...members.map((c) => el("col", { style: `width:${c.width}px` }))));
      const groupId = group ? `${this.uid}g${at}` : "";
      if (group) {
        top.append(
          el(
            "th",
            {
              class: "ptg-head ptg-group",
              id: groupId,
              role: "columnheader",
              scope: "colgroup",
              colspan: members.length,
            },
            el("span", { class: "ptg-group-label" }, group),
          ),
        );
      }
      members.forEach((column, i) => {
        const leaf = el("th", {
          class: `ptg-head ptg-leaf${this.edge(at + i)}`,
          id: `${this.uid}c${at + i}`,
          role: "columnheader",
          scope: "col",
          rowspan: twoLevels && !group ? 2 : null,
          "data-c": at + i,
        });
        this.fillHead(leaf, column.label, column.description ?? "");
        (group || !twoLevels ? (twoLevels ? bottom : top) : top).append(leaf);
        this.leaves.push(leaf);
        this.headingHeaders.push(`${groupId} ${this.uid}c${at + i}`.trim());
      });
      at = end;
    }
    return { groups, rows: twoLevels ? [top, bottom] : [top] };
  }

  private fillHead(cell: HTMLElement, label: string, description: string): void {
    cell.setAttribute("aria-haspopup", "menu");
    cell.setAttribute("aria-expanded", "false");
    cell.append(
      el(
        "span",
        { class: "ptg-head-in" },
        el("span", { class: "ptg-head-label" }, label),
        el("span", { class: "ptg-head-sign", "aria-hidden": "true" }),
      ),
    );
    this.describe(cell, description);
  }

  /** Descriptions are text of their own, not part of a cell's name, and told once for each wording. */
  private describe(cell: Element, text: string): void {
    if (!text) return;
    let id = this.descriptionIds.get(text);
    if (!id) {
      id = `${this.uid}d${this.descriptionIds.size}`;
      this.descriptionIds.set(text, id);
      this.descriptions.append(el("span", { id }, text));
    }
    cell.setAttribute("aria-describedby", id);
  }

  /** Show which column is sorted, and which are filtered. */
  markHeads(sort: Sort | null, filtered: (key: string) => boolean): void {
    const cells: [key: string, cell: HTMLElement][] = [
      [ROW_HEADING, this.headingCell],
      ...this.leaves.map((leaf, at): [string, HTMLElement] => [this.columns[at]!.key, leaf]),
    ];
    for (const [key, cell] of cells) {
      const sorted = sort?.column === key;
      if (sorted) cell.setAttribute("aria-sort", sort.descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
      cell.classList.toggle("ptg-filtered", filtered(key));
      const sign = cell.querySelector(".ptg-head-sign");
      if (sign) sign.textContent = (filtered(key) ? "⧩" : "") + (sorted ? (sort.descending ? "▼" : "▲") : "▾");
    }
  }

  buildFoot(): void {
    const { foot } = this.session.store;
    const before = this.headRows + this.order.length;
    this.foot.replaceChildren(
      ...foot.map((line, at) => this.footRow(line, at, before + at + 1)),
    );
    this.shownFoot = foot;
    this.element.setAttribute("aria-rowcount", String(before + foot.length));
    this.element.setAttribute("aria-colcount", String(this.columns.length + 1));
  }

  private footRow([, label, description, cells]: WireFootRow, at: number, index: number): HTMLTableRowElement {
    const id = `${this.uid}f${at}`;
    const heading = el(
      "th",
      { class: "ptg-foot-head", id, role: "rowheader", scope: "row" },
      el("span", { class: "ptg-clip" }, label),
    );
    this.describe(heading, description);
    const row = el("tr", { role: "row", class: "ptg-foot-row", "aria-rowindex": index }, heading);
    this.columns.forEach((column, c) => {
      const [text, detail] = cells[column.key] ?? ["", ""];
      const cell = el(
        "td",
        {
          class: `ptg-foot-cell ptg-k-${column.kind}${this.edge(c)}`,
          role: "gridcell",
          headers: `${id} ${this.headingHeaders[c]}`,
          "aria-readonly": "true",
        },
        text,
      );
      this.describeFigure(cell, at, c, detail);
      row.append(cell);
    });
    return row;
  }

  /** Change the foot's words in place, so that a focused figure keeps the focus. */
  updateFoot(): void {
    const { foot } = this.session.store;
    if (foot.length !== this.foot.rows.length) {
      this.buildFoot();
      return;
    }
    // Only what differs is touched: a foot has hundreds of figures, an entry changes a few.
    foot.forEach(([key, label, description, cells], r) => {
      const [shownKey, shownLabel, shownDescription, shown] = this.shownFoot[r] ?? [];
      const row = this.foot.rows[r]!;
      if (key !== shownKey || label !== shownLabel || description !== shownDescription) {
        row.replaceWith(this.footRow(foot[r]!, r, this.headRows + this.order.length + r + 1));
        return;
      }
      this.columns.forEach((column, c) => {
        const [text, detail] = cells[column.key] ?? ["", ""];
        const [shownText, shownDetail] = shown?.[column.key] ?? ["", ""];
        const cell = row.cells[c + 1]!;
        if (text !== shownText) cell.textContent = text;
        if (detail !== shownDetail) this.describeFigure(cell, r, c, detail);
      });
    });
    this.shownFoot = foot;
  }

  /** A figure's description changes with it, so it has a place of its own that is written anew. */
  private describeFigure(cell: Element, row: number, column: number, text: string): void {
    const id = `${this.uid}g${row}-${column}`;
    let place = this.figureDescriptions.get(id);
    if (!text) {
      cell.removeAttribute("aria-describedby");
      return;
    }
    if (!place) {
      place = el("span", { id });
      this.figureDescriptions.set(id, place);
      this.descriptions.append(place);
    }
    place.textContent = text;
    cell.setAttribute("aria-describedby", id);
  }

  get headRows(): number {
    return this.columns.some((column) => column.group) ? 2 : 1;
  }

  private edge(column: number): string {
    const before = this.columns[column - 1];
    return column > 0 && before?.group !== this.columns[column]?.group ? " ptg-edge" : "";
  }

  /** Give the frozen column the width its longest heading needs, at most `limit` pixels. */
  fitHeading(limit: number): void {
    const { store } = this.session;
    const longest = Math.max(
      store.rowHeading.length + 3,
      ...store.rows.map(([, label, sublabel, flag]) =>
        Math.max(label.length + (sublabel ? sublabel.length + 2 : 0), flag.length),
      ),
      ...store.foot.map(([, label]) => label.length),
    );
    const wanted = Math.min(280, Math.max(132, Math.round(longest * 7.6) + 24));
    this.headingWidth = Math.round(Math.max(96, Math.min(wanted, limit)));
    this.firstColumn.style.width = `${this.headingWidth}px`;
    this.element.style.setProperty("--ptg-frozen", `${this.headingWidth}px`);
    const width = this.columns.reduce((sum, column) => sum + column.width, this.headingWidth);
    this.element.style.width = `${width}px`;
  }

  /** Draw the rows for a scroll position; the row at `focused` stays in the document. */
  draw(scrollTop: number, height: number, focused: number | null, everything = false): void {
    const count = this.order.length;
    const whole: Span = { start: 0, end: count };
    const spans =
      everything || !this.windowed
        ? [whole]
        : spansToKeep(rowsInView(this.tops, scrollTop, height || FIRST_GUESS.height), focused);
    const wanted: HTMLTableRowElement[] = [];
    const keep = new Set<string>();
    let at = 0;
    for (const span of spans) {
      if (span.start > at) wanted.push(this.spacer(wanted.length, at, span.start));
      for (let index = span.start; index < span.end; index++) {
        const key = this.order[index]!;
        keep.add(key);
        wanted.push(this.rowAt(key, index));
      }
      at = span.end;
    }
    if (at < count) wanted.push(this.spacer(wanted.length, at, count));
    for (const key of this.drawn.keys()) if (!keep.has(key)) this.drawn.delete(key);
    this.arrange(wanted);
  }

  /** Put these rows in the body without ever moving the one that holds the focus. */
  private arrange(wanted: HTMLTableRowElement[]): void {
    const now = this.body.children;
    if (now.length === wanted.length && wanted.every((row, at) => row === now[at])) return;
    const holder = wanted.findIndex((row) => row.contains(document.activeElement));
    if (holder < 0 || wanted[holder]!.parentNode !== this.body) {
      this.body.replaceChildren(...wanted);
      return;
    }
    const stays = new Set<Node>(wanted);
    for (const child of [...this.body.childNodes]) if (!stays.has(child)) child.remove();
    for (let at = holder - 1; at >= 0; at--) {
      const next = wanted[at + 1]!;
      if (next.previousSibling !== wanted[at]) next.before(wanted[at]!);
    }
    for (let at = holder + 1; at < wanted.length; at++) {
      const last = wanted[at - 1]!;
      if (last.nextSibling !== wanted[at]) last.after(wanted[at]!);
    }
  }

  /** The spacer before the first, second or last span; kept, so that a still window changes nothing. */
  private spacer(after: number, start: number, end: number): HTMLTableRowElement {
    const place = after === 0 ? "first" : end === this.order.length ? "last" : "between";
    let row = this.spacers.get(place);
    if (!row) {
      const cell = el("td", { colspan: this.columns.length + 1, class: "ptg-space" });
      row = el("tr", { "aria-hidden": "true", class: "ptg-space-row" }, cell);
      this.spacers.set(place, row);
    }
    const height = `${this.tops[end]! - this.tops[start]!}px`;
    if (row.cells[0]!.style.height !== height) row.cells[0]!.style.height = height;
    return row;
  }

  private rowAt(key: string, index: number): HTMLTableRowElement {
    const position = this.headRows + index + 1;
    let row = this.drawn.get(key);
    if (!row) {
      row = this.makeRow(key);
      this.drawn.set(key, row);
    }
    if (row.getAttribute("aria-rowindex") !== String(position)) {
      row.setAttribute("aria-rowindex", String(position));
    }
    return row;
  }

  private makeRow(key: string): HTMLTableRowElement {
    const { store } = this.session;
    const id = `${this.uid}r${this.rowNumber.get(key)}`;
    const row = el("tr", { role: "row", class: "ptg-row" });
    row.dataset.row = key;
    const heading = el("th", { class: "ptg-row-head", id, role: "rowheader", scope: "row" });
    row.append(heading);
    this.paintHeading(heading, store.row(key)!);
    this.columns.forEach((column, c) => {
      const cell = el("td", {
        role: "gridcell",
        headers: `${id} ${this.headingHeaders[c]}`,
        "aria-readonly": store.mayEdit(column.key) || store.readOnly ? null : "true",
      });
      this.paintCell(cell, key, c);
      row.append(cell);
    });
    return row;
  }

  private paintHeading(heading: HTMLElement, [, label, sublabel, flag]: WireRow): void {
    const focused = heading.contains(document.activeElement);
    const button = heading.querySelector("button");
    const name = el("span", { class: "ptg-clip ptg-row-label" }, label);
    const holder = this.session.rowOpens
      ? el("button", { type: "button", class: "ptg-row-open", tabindex: button?.tabIndex ?? -1 }, name)
      : name;
    heading.parentElement?.classList.toggle("ptg-flagged", flag !== "");
    heading.replaceChildren(
      el("span", { class: "ptg-row-line" }, holder, sublabel && el("span", { class: "ptg-row-sub" }, sublabel)),
      ...(flag ? [el("span", { class: "ptg-vh" }, ". "), el("span", { class: "ptg-clip ptg-flag" }, flag)] : []),
    );
    if (focused) (holder instanceof HTMLButtonElement ? holder : heading).focus({ preventScroll: true });
  }

  updateRows(): void {
    this.reckonTops();
    for (const [key, row] of this.drawn) {
      const wire = this.session.store.row(key);
      if (wire) this.paintHeading(row.cells[0]!, wire);
    }
  }

  paint(addresses: readonly CellAddress[]): void {
    const columnAt = new Map(this.columns.map((column, at) => [column.key, at]));
    for (const { row, column } of addresses) {
      const drawn = this.drawn.get(row);
      const at = columnAt.get(column);
      if (!drawn || at === undefined) continue;
      const cell = drawn.cells[at + 1]!;
      if (!cell.classList.contains("ptg-editing")) this.paintCell(cell, row, at);
    }
  }

  paintCell(element: HTMLTableCellElement, row: string, c: number): void {
    const { store } = this.session;
    const column = this.columns[c]!;
    const cell = store.cell(row, column.key)!;
    const colour = store.colourOf(row, column.key);
    element.className =
      `ptg-cell ptg-k-${column.kind}${this.edge(c)}` +
      (colour ? ` ptg-c-${colour}` : "") +
      (cell.state ? ` ptg-s-${cell.state}` : "") +
      (element.getAttribute("aria-selected") === "true" ? " ptg-selected" : "");
    element.textContent = labelOf(column, shown(cell));
    if (!cell.state) {
      element.removeAttribute("aria-invalid");
      return;
    }
    const wrong = cell.state === "refused" || cell.state === "conflict";
    if (wrong) element.setAttribute("aria-invalid", "true");
    else element.removeAttribute("aria-invalid");
    element.append(el("span", { class: "ptg-mark", "aria-hidden": "true" }, MARKS[cell.state]));
    if (SPOKEN[cell.state]) element.append(el("span", { class: "ptg-vh" }, SPOKEN[cell.state]));
  }

  /** The element at a place; null when its row is not in the document. */
  at(section: Section, row: number, column: number): HTMLTableCellElement | null {
    if (section === "head") return column < 0 ? this.headingCell : (this.leaves[column] ?? null);
    if (section === "foot") return this.foot.rows[row]?.cells[column + 1] ?? null;
    const key = this.order[row];
    return (key !== undefined && this.drawn.get(key)?.cells[column + 1]) || null;
  }

  /** The place an event's target belongs to; null between cells and on group headings. */
  placeOf(target: EventTarget | null): { section: Section; row: number; column: number } | null {
    const cell = target instanceof Element ? target.closest("td, th") : null;
    if (!(cell instanceof HTMLTableCellElement) || !this.element.contains(cell)) return null;
    if (cell === this.headingCell) return { section: "head", row: 0, column: -1 };
    if (cell.dataset.c !== undefined) return { section: "head", row: 0, column: Number(cell.dataset.c) };
    const row = cell.parentElement as HTMLTableRowElement;
    const column = cell.cellIndex - 1;
    if (row.parentNode === this.foot) return { section: "foot", row: row.sectionRowIndex, column };
    if (row.dataset.row === undefined) return null;
    return { section: "body", row: Number(row.getAttribute("aria-rowindex")) - 1 - this.headRows, column };
  }

  drawnRows(): Iterable<[string, HTMLTableRowElement]> {
    return this.drawn;
  }

  /** Sizes of the pinned parts, for scrolling a cell out from under them. */
  pinned(): { top: number; bottom: number; left: number } {
    const stuck = getComputedStyle(this.foot).position === "sticky";
    return {
      top: getComputedStyle(this.head).position === "sticky" ? this.head.offsetHeight : 0,
      bottom: stuck ? this.foot.offsetHeight : 0,
      left: this.headingWidth,
    };
  }

  get headHeight(): number {
    return this.head.offsetHeight;
  }

  get footHeight(): number {
    return this.foot.offsetHeight;
  }

  measure(): void {
    for (const row of this.drawn.values()) {
      const { height } = row.getBoundingClientRect();
      if (height > 0) this.heights[row.classList.contains("ptg-flagged") ? "flagged" : "plain"] = height;
    }
    this.reckonTops();
  }
}
