import { el } from "../shared/dom";
import { type CellAddress, shown, shownColour, type State } from "./cell";
import { Descriptions } from "./descriptions";
import type { Sort } from "./ordering";
import type { Section } from "./selection";
import type { Session } from "./session";
import { TableFoot } from "./table_foot";
import { TableHead } from "./table_head";
import { labelOf, unusual } from "./values";
import { isWindowed, rowsInView, type Span, spansToKeep, topsOf } from "./windowing";
import type { Column, WireMark, WireRow } from "./wire";

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
const FLASH_FOR = 2_000;
const FIRST_GUESS = { plain: 32, flagged: 44, height: 640 };

/** Draws the rows and cells of a session's store; knows nothing of keys, pointers or menus. */
export class Table {
  readonly element: HTMLTableElement;
  readonly descriptions: HTMLElement;
  private readonly head: TableHead;
  private readonly body = el("tbody", { role: "rowgroup" });
  private readonly foot: TableFoot;
  /** Keys of the rows in view, in order. */
  order: string[] = [];
  private rowNumber = new Map<string, number>();
  private drawn = new Map<string, HTMLTableRowElement>();
  private spacers = new Map<"first" | "between" | "last", HTMLTableRowElement>();
  private heights = { plain: FIRST_GUESS.plain, flagged: FIRST_GUESS.flagged };
  private tops: number[] = [0];
  private headingWidth = 160;

  constructor(
    private readonly session: Session,
    private readonly uid: string,
  ) {
    this.element = el("table", { class: "ptg-table", role: "grid" });
    const descriptions = new Descriptions(uid);
    this.descriptions = descriptions.element;
    this.head = new TableHead(session, uid, descriptions);
    this.foot = new TableFoot(session, uid, this.head, descriptions);
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
    this.head.build();
    this.element.replaceChildren(...this.head.groups, this.head.element, this.body, this.foot.element);
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

  /** Show which column is sorted, and which are filtered. */
  markHeads(sort: Sort | null, filtered: (key: string) => boolean): void {
    this.head.mark(sort, filtered);
  }

  buildFoot(): void {
    const before = this.headRows + this.order.length;
    this.foot.build(before);
    this.element.setAttribute("aria-rowcount", String(before + this.session.store.foot.length));
    this.element.setAttribute("aria-colcount", String(this.columns.length + 1));
  }

  updateFoot(): void {
    const before = this.headRows + this.order.length;
    this.foot.update(before);
    this.element.setAttribute("aria-rowcount", String(before + this.session.store.foot.length));
  }

  updateBars(): void {
    this.foot.updateBars();
  }

  get headRows(): number {
    return this.head.rowCount;
  }

  /** Give the frozen column the width its longest heading needs, at most `limit` pixels. */
  fitHeading(limit: number): void {
    const { store } = this.session;
    const longest = Math.max(
      store.rowHeading.length + 3,
      ...store.rows.map(([, label, sublabel, flag, mark]) =>
        Math.max(
          label.length + (sublabel ? sublabel.length + 2 : 0) + (mark ? mark[1].length + 3 : 0),
          flag.length,
        ),
      ),
      ...store.foot.map(([, label]) => label.length),
    );
    const wanted = Math.min(280, Math.max(132, Math.round(longest * 7.6) + 24));
    this.headingWidth = Math.round(Math.max(96, Math.min(wanted, limit)));
    this.element.style.setProperty("--ptg-frozen", `${this.headingWidth}px`);
    this.setWidths();
  }

  setWidths(): void {
    this.element.style.width = `${this.head.setWidths(this.headingWidth)}px`;
  }

  /** Show a width while it is being dragged; the others stay as they are. */
  showWidth(column: number, width: number): void {
    const before = this.session.layout.widthOf(this.columns[column]!);
    this.head.showWidth(column, width);
    this.element.style.width = `${this.head.setWidths(this.headingWidth) - before + width}px`;
    this.head.showWidth(column, width);
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
    this.columns.forEach((_, c) => {
      const cell = el("td", {
        role: "gridcell",
        headers: `${id} ${this.head.headerIds[c]}`,
      });
      this.paintCell(cell, key, c);
      row.append(cell);
    });
    return row;
  }

  private paintHeading(heading: HTMLElement, [, label, sublabel, flag, mark]: WireRow): void {
    const focused = heading.contains(document.activeElement);
    const button = heading.querySelector("button");
    const name = el("span", { class: "ptg-clip ptg-row-label" }, label);
    const holder = this.session.rowOpens
      ? el("button", { type: "button", class: "ptg-row-open", tabindex: button?.tabIndex ?? -1 }, name)
      : name;
    heading.parentElement?.classList.toggle("ptg-flagged", flag !== "");
    heading.replaceChildren(
      el(
        "span",
        { class: "ptg-row-line" },
        holder,
        sublabel && el("span", { class: "ptg-row-sub" }, sublabel),
        mark && rowMark(mark),
      ),
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
    const value = shown(cell);
    const strange = cell.state === "refused" ? "" : unusual(column, value);
    const kept = ["ptg-selected", "ptg-arrived"].filter((name) => element.classList.contains(name));
    element.className = [
      `ptg-cell ptg-k-${column.kind}${this.head.edge(c)}`,
      colour && `ptg-c-${colour}`,
      shownColour(cell) && "ptg-own",
      cell.locked && "ptg-locked",
      cell.state && `ptg-s-${cell.state}`,
      ...kept,
    ]
      .filter(Boolean)
      .join(" ");
    element.textContent = labelOf(column, value);
    // In a grid that is for reading only every cell is: the table says so once.
    const readOnly = !store.readOnly && !store.mayEditCell(row, column.key);
    setOrRemove(element, "aria-readonly", readOnly);
    setOrRemove(element, "aria-invalid", cell.state === "refused" || cell.state === "conflict");
    if (strange) {
      element.append(el("span", { class: "ptg-strange", "aria-hidden": "true" }, "?"));
      element.append(el("span", { class: "ptg-vh" }, ", outside the usual"));
    }
    if (!cell.state) return;
    element.append(el("span", { class: "ptg-mark", "aria-hidden": "true" }, MARKS[cell.state]));
    if (SPOKEN[cell.state]) element.append(el("span", { class: "ptg-vh" }, SPOKEN[cell.state]));
  }

  /** Mark cells for a moment that someone else has changed. */
  flash(addresses: readonly CellAddress[]): void {
    const cells: Element[] = [];
    const columnAt = new Map(this.columns.map((column, at) => [column.key, at]));
    for (const { row, column } of addresses) {
      const cell = this.drawn.get(row)?.cells[(columnAt.get(column) ?? -1) + 1];
      if (cell && !cell.classList.contains("ptg-editing")) cells.push(cell);
    }
    for (const cell of cells) cell.classList.add("ptg-arrived");
    window.setTimeout(() => {
      for (const cell of cells) cell.classList.remove("ptg-arrived");
    }, FLASH_FOR);
  }

  /** The element at a place; null when its row is not in the document. */
  at(section: Section, row: number, column: number): HTMLTableCellElement | null {
    if (section === "head") return column < 0 ? this.head.headingCell : this.head.leaf(column);
    if (section === "foot") return this.foot.element.rows[row]?.cells[column + 1] ?? null;
    const key = this.order[row];
    return (key !== undefined && this.drawn.get(key)?.cells[column + 1]) || null;
  }

  /** The place an event's target belongs to; null between cells and on group headings. */
  placeOf(target: EventTarget | null): { section: Section; row: number; column: number } | null {
    const cell = target instanceof Element ? target.closest("td, th") : null;
    if (!(cell instanceof HTMLTableCellElement) || !this.element.contains(cell)) return null;
    if (cell === this.head.headingCell) return { section: "head", row: 0, column: -1 };
    if (cell.dataset.c !== undefined) return { section: "head", row: 0, column: Number(cell.dataset.c) };
    const row = cell.parentElement as HTMLTableRowElement;
    const column = cell.cellIndex - 1;
    if (row.parentNode === this.foot.element) return { section: "foot", row: row.sectionRowIndex, column };
    if (row.dataset.row === undefined) return null;
    return { section: "body", row: Number(row.getAttribute("aria-rowindex")) - 1 - this.headRows, column };
  }

  drawnRows(): Iterable<[string, HTMLTableRowElement]> {
    return this.drawn;
  }

  /** Sizes of the pinned parts, for scrolling a cell out from under them. */
  pinned(): { top: number; bottom: number; left: number } {
    const stuck = getComputedStyle(this.foot.element).position === "sticky";
    return {
      top: getComputedStyle(this.head.element).position === "sticky" ? this.head.element.offsetHeight : 0,
      bottom: stuck ? this.foot.element.offsetHeight : 0,
      left: this.headingWidth,
    };
  }

  get headHeight(): number {
    return this.head.element.offsetHeight;
  }

  get footHeight(): number {
    return this.foot.element.offsetHeight;
  }

  measure(): void {
    for (const row of this.drawn.values()) {
      const { height } = row.getBoundingClientRect();
      if (height > 0) this.heights[row.classList.contains("ptg-flagged") ? "flagged" : "plain"] = height;
    }
    this.reckonTops();
  }
}

function rowMark([filled, text, description]: WireMark): HTMLElement {
  const name = filled ? "ptg-row-mark ptg-row-mark-filled" : "ptg-row-mark";
  const sign = el("span", { "aria-hidden": "true" }, `${filled ? "●" : "○"}${text && ` ${text}`}`);
  return el("span", { class: name, title: description }, sign, el("span", { class: "ptg-vh" }, `. ${description}`));
}

function setOrRemove(element: Element, name: string, on: boolean): void {
  if (on) element.setAttribute(name, "true");
  else element.removeAttribute(name);
}
