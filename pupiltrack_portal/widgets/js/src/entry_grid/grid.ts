import { el } from "../shared/dom";
import { onCopy, onPaste } from "./blocks";
import type { CellAddress, Edit } from "./cell";
import { Editing } from "./editing";
import { KeptBar } from "./kept_bar";
import { onKey } from "./keys";
import { noteFor } from "./notes";
import { type Filter, ROW_HEADING, rowsToShow } from "./ordering";
import { listenToPointer, onContextMenu } from "./pointer";
import { Report } from "./report";
import { contains, type Move, moved, type Place, type Range, rangeBetween, type Shape, sizeOf, within } from "./selection";
import type { Listener, Session } from "./session";
import { Table } from "./table";
import { Toolbar } from "./toolbar";
import { Tooltip } from "./tooltip";
import { unusual } from "./values";
import { scrollToShow } from "./windowing";
import type { Column } from "./wire";
import { count } from "./words";

const HELP =
  "Arrow keys move. Type, or press Enter, to change a cell; Delete clears it. After a value is typed " +
  "Enter goes down and Tab goes right; otherwise Tab leaves the table. Shift and arrow keys select " +
  "several. Shift and F10 opens a cell's menu, Enter on a column heading opens the column's.";
const LEAST_ROWS_BESIDE_FOOT = 4;

/** One view of a session: where the focus is, what is selected, and what keys and pointer do. */
export class GridView implements Listener {
  readonly uid = `ptg${Math.random().toString(36).slice(2, 9)}`;
  readonly root: HTMLElement;
  readonly table: Table;
  readonly tooltip: Tooltip;
  private readonly scroll: HTMLElement;
  private readonly toolbar: Toolbar;
  private readonly live = el("div", { role: "status", class: "ptg-vh" });
  active: Place = { section: "body", row: 0, column: 0 };
  private anchor: Place = this.active;
  private range: Range | null = null;
  private stop: HTMLElement | null = null;
  readonly editing = new Editing(this);
  readonly report: Report;
  private readonly keptBar: KeptBar;
  private frame = 0;
  private printing = false;
  private readonly endings: (() => void)[] = [];

  constructor(
    readonly session: Session,
    holder: HTMLElement,
  ) {
    this.root = el("div", { class: "ptg" });
    this.table = new Table(session, this.uid);
    this.toolbar = new Toolbar(this);
    this.keptBar = new KeptBar(this);
    this.report = new Report(this);
    const help = el("div", { hidden: "", id: `${this.uid}help` }, HELP);
    this.table.element.setAttribute("aria-labelledby", `${this.uid}caption`);
    this.table.element.setAttribute("aria-describedby", help.id);
    this.scroll = el("div", { class: "ptg-scroll" }, this.table.element);
    this.root.append(
      this.toolbar.element, this.keptBar.element, this.report.element,
      this.scroll, this.live, help, this.table.descriptions,
    );
    holder.append(this.root);
    this.tooltip = new Tooltip(this.root, this.uid);
    this.endings.push(session.listen(this), listenToPointer(this));
    this.listen();
    this.all();
    // anywidget renders before the element is in the page: sizes are known a frame later.
    this.frame = requestAnimationFrame(() => {
      this.measure();
      // A live region has to be in the page before it has something to say.
      if (this.keptBar.announcement) this.say(this.keptBar.announcement);
      this.focusWanted();
    });
  }

  private listen(): void {
    const { element } = this.table;
    element.addEventListener("keydown", (event) => onKey(this, event));
    element.addEventListener("copy", (event) => onCopy(this, event, false));
    element.addEventListener("cut", (event) => onCopy(this, event, true));
    element.addEventListener("paste", (event) => onPaste(this, event));
    element.addEventListener("focusin", (event) => this.onFocusIn(event));
    element.addEventListener("focusout", () => this.tooltip.blur());
    element.addEventListener("contextmenu", (event) => onContextMenu(this, event));
    this.scroll.addEventListener("scroll", () => this.redrawSoon(), { passive: true });
    const watcher = new ResizeObserver(() => this.measure());
    watcher.observe(this.scroll);
    this.endings.push(() => watcher.disconnect());
    const print = (on: boolean) => () => {
      this.printing = on;
      this.redraw();
    };
    for (const [name, run] of [["beforeprint", print(true)], ["afterprint", print(false)]] as const) {
      window.addEventListener(name, run);
      this.endings.push(() => window.removeEventListener(name, run));
    }
  }

  close(): void {
    this.editing.finish();
    cancelAnimationFrame(this.frame);
    for (const end of this.endings) end();
    this.tooltip.close();
    this.root.remove();
  }

  // What the session tells --------------------------------------------------------------------

  focusWanted(): void {
    if (!this.root.isConnected) return;
    const row = this.session.takeFocusWanted();
    const at = row === null ? -1 : this.table.order.indexOf(row);
    if (at >= 0) this.focusPlace({ section: "body", row: at, column: -1 });
  }

  cells(addresses: readonly CellAddress[]): void {
    this.table.paint(addresses);
    const active = this.activeCell();
    if (active && addresses.some((a) => a.row === active.row && a.column === active.column.key)) {
      this.noteFocus();
    }
  }

  rows(): void {
    this.table.updateRows();
    this.redraw();
  }

  foot(): void {
    this.table.updateFoot();
  }

  arrived(addresses: readonly CellAddress[]): void {
    this.table.flash(addresses);
  }

  layout(): void {
    this.table.setWidths();
    this.table.updateBars();
    this.toolbar.update();
    this.measure();
  }

  status(): void {
    this.toolbar.update();
    this.keptBar.update();
    this.report.update();
  }

  leaving(): void {
    this.editing.finish();
  }

  saveDone(): void {
    this.report.showUnsaved();
  }

  say(text: string): void {
    // The same words twice are only read again when the text differs.
    this.live.textContent = this.live.textContent === text ? `${text}\u00a0` : text;
  }

  /** Say why a key or a press did nothing, and show it beside the focused cell or an element. */
  answer(text: string, beside: Element | null = this.table.at(this.active.section, this.active.row, this.active.column)): void {
    this.say(text);
    if (beside) this.tooltip.answer(beside, text);
  }

  all(): void {
    if (this.isEditing) {
      // Drawing anew would throw away what is being typed: it can wait until that is entered.
      this.editing.late = true;
      return;
    }
    const hadFocus = this.table.element.contains(document.activeElement);
    const key = this.table.order[this.active.row];
    const { store, view } = this.session;
    for (const name of view.filters.keys()) {
      if (name !== ROW_HEADING && !store.column(name)) (view.filters as Map<string, Filter>).delete(name);
    }
    this.table.build(rowsToShow(store, view));
    this.keepActiveRow(key);
    this.stop = null;
    this.range = null;
    this.redraw();
    this.markHeads();
    this.anchor = this.active = within(this.active, this.shape());
    this.setStop();
    if (hadFocus) this.focusPlace(this.active);
    this.status();
    if (this.root.isConnected) this.measure();
  }

  private keepActiveRow(key: string | undefined): void {
    const at = key === undefined ? -1 : this.table.order.indexOf(key);
    if (this.active.section === "body" && at >= 0) this.active = { ...this.active, row: at };
    this.active = within(this.active, this.shape());
    this.anchor = this.active;
  }

  // Drawing -----------------------------------------------------------------------------------

  shape(): Shape {
    const { store } = this.session;
    return { rows: this.table.order.length, columns: store.columns.length, footRows: store.foot.length };
  }

  private redrawSoon(): void {
    if (!this.table.windowed) return;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.redraw());
  }

  private redraw(): void {
    const focused = this.active.section === "body" ? this.active.row : null;
    this.table.draw(this.scroll.scrollTop, this.scroll.clientHeight, focused, this.printing);
    this.paintRange();
    this.setStop();
  }

  private measure(): void {
    const width = this.scroll.clientWidth;
    if (width === 0) return;
    this.table.fitHeading(Math.max(96, width * 0.42));
    this.table.measure();
    // A foot that leaves hardly any row in view would hide the focused cell: let it scroll then.
    const rest = this.scroll.clientHeight - this.table.headHeight - this.table.footHeight;
    const room = LEAST_ROWS_BESIDE_FOOT * this.table.rowHeight;
    const all = this.table.extentOf(this.table.order.length - 1).bottom;
    this.root.classList.toggle("ptg-loose", rest < Math.min(room, all));
    // What scrolls a cell into view, be it the browser's search, keeps it clear of what is pinned.
    const { top, bottom, left } = this.table.pinned();
    this.scroll.style.scrollPadding = `${top}px 0 ${bottom}px ${left}px`;
    if (this.table.windowed) this.redraw();
  }

  private markHeads(): void {
    const { sort, filters } = this.session.view;
    this.table.markHeads(sort, (key) => filters.has(key));
  }

  // Focus and selection -----------------------------------------------------------------------

  private target(place: Place): HTMLElement | null {
    const cell = this.table.at(place.section, place.row, place.column);
    return cell?.querySelector<HTMLElement>(".ptg-row-open") ?? cell;
  }

  /** The one element Tab reaches. */
  setStop(): void {
    if (this.isEditing) return;
    const next = this.target(this.active);
    if (next === this.stop) return;
    this.stop?.setAttribute("tabindex", "-1");
    next?.setAttribute("tabindex", "0");
    this.stop = next;
  }

  /** The control in the cell is the one stop while an editor is open. */
  forgetStop(): void {
    this.stop = null;
  }

  /** Focus the cell that last had it; the selection stays. */
  focusAgain(): void {
    this.stop?.focus({ preventScroll: true });
  }

  focusPlace(place: Place, extend = false): void {
    this.editing.forgetTyped();
    this.active = within(place, this.shape());
    if (!extend) this.anchor = this.active;
    this.range = rangeBetween(this.anchor, this.active);
    if (this.active.section === "body") this.bringIntoView(this.active.row);
    this.redraw();
    this.stop?.focus({ preventScroll: true });
    this.bringColumnIntoView();
    this.paintRange();
  }

  move(move: Move, extend: boolean): void {
    const { top, bottom } = this.table.pinned();
    const page = Math.max(1, Math.floor((this.scroll.clientHeight - top - bottom) / this.table.rowHeight) - 1);
    const next = moved(this.active, move, this.shape(), page);
    if (extend && (next.section !== "body" || next.column < 0)) return;
    this.focusPlace(next, extend);
    if (extend && this.range) this.saySelection(this.range);
  }

  private saySelection(range: Range): void {
    const { rows, columns, cells } = sizeOf(range);
    if (cells > 1) this.say(`${count(rows, "row")} by ${count(columns, "column")} selected.`);
  }

  private bringIntoView(row: number): void {
    const { top, bottom } = this.table.pinned();
    const extent = this.table.extentOf(row);
    const head = this.table.headHeight;
    const to = scrollToShow(
      this.scroll.scrollTop, this.scroll.clientHeight, head + extent.top, head + extent.bottom,
      { before: top, after: bottom },
    );
    if (Math.abs(to - this.scroll.scrollTop) > 0.5) this.scroll.scrollTop = to;
  }

  private bringColumnIntoView(): void {
    const { section, row, column } = this.active;
    const cell = this.table.at(section, row, column);
    if (cell && column >= 0) {
      const { left } = this.table.pinned();
      const start = cell.offsetLeft;
      this.scroll.scrollLeft = scrollToShow(
        this.scroll.scrollLeft, this.scroll.clientWidth, start, start + cell.offsetWidth, { before: left, after: 0 },
      );
    }
    this.showInPage(cell);
  }

  /** A box above the table has pushed it down: the focused cell stays in sight. */
  keepInView(): void {
    const { section, row, column } = this.active;
    this.showInPage(this.table.at(section, row, column));
  }

  /** Scroll the page itself when the cell is beyond its edges. */
  private showInPage(cell: HTMLElement | null): void {
    if (!cell) return;
    const box = cell.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight) cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** The body cell with the focus, if it is one. */
  activeCell(): { row: string; column: Column } | null {
    const row = this.table.order[this.active.row];
    const column = this.table.columns[this.active.column];
    return this.active.section === "body" && row !== undefined && column ? { row, column } : null;
  }

  private onFocusIn(event: FocusEvent): void {
    const place = this.table.placeOf(event.target);
    if (!place) return;
    const same =
      place.section === this.active.section && place.row === this.active.row && place.column === this.active.column;
    if (!same) {
      this.editing.forgetTyped();
      this.anchor = this.active = place;
      this.range = rangeBetween(place, place);
      this.setStop();
      this.paintRange();
    }
    this.noteFocus();
  }

  private noteFocus(): void {
    const cell = this.table.at(this.active.section, this.active.row, this.active.column);
    if (cell?.contains(document.activeElement) && !this.isEditing) this.tooltip.focus(cell, noteFor(this, this.active));
  }

  private paintRange(): void {
    const many = this.range && sizeOf(this.range).cells > 1 ? this.range : null;
    for (const cell of this.table.element.querySelectorAll('[aria-selected="true"]')) {
      const place = this.table.placeOf(cell);
      if (place && contains(many, place.row, place.column)) continue;
      cell.removeAttribute("aria-selected");
      cell.classList.remove("ptg-selected");
    }
    if (!many) return;
    for (const [, row] of this.table.drawnRows()) {
      const at = Number(row.getAttribute("aria-rowindex")) - 1 - this.table.headRows;
      if (at < many.top || at > many.bottom) continue;
      for (let c = many.left; c <= many.right; c++) {
        row.cells[c + 1]!.setAttribute("aria-selected", "true");
        row.cells[c + 1]!.classList.add("ptg-selected");
      }
    }
  }

  select(range: Range): void {
    this.focusPlace({ section: "body", row: range.top, column: range.left });
    this.range = range;
    this.paintRange();
    this.saySelection(range);
  }

  selectColumn(at: number): void {
    const { rows } = this.shape();
    if (rows > 0) this.select({ top: 0, bottom: rows - 1, left: at, right: at });
  }

  selectAll(): void {
    const { rows, columns } = this.shape();
    if (rows > 0) this.select({ top: 0, bottom: rows - 1, left: 0, right: columns - 1 });
  }

  /** The selected cells, or the focused one. */
  selection(): Range | null {
    return this.range ?? rangeBetween(this.active, this.active);
  }

  get isEditing(): boolean {
    return this.editing.isOpen;
  }

  placeOfKeys(row: string, column: string): Place | null {
    const at = { row: this.table.order.indexOf(row), column: this.table.columns.findIndex((c) => c.key === column) };
    return at.row >= 0 && at.column >= 0 ? { section: "body", ...at } : null;
  }

  /** Bring a cell into view and focus it; it may be filtered out, which is said. */
  focusCell(row: string, column: string): void {
    const place = this.placeOfKeys(row, column);
    if (place) this.focusPlace(place);
    else this.say("This row is not shown now. Show all rows to see it.");
  }

  isNearRightEdge(cell: HTMLElement): boolean {
    return cell.offsetLeft + 330 > this.scroll.scrollLeft + this.scroll.clientWidth;
  }

  /** Take entries as one step, telling at once about those the browser already knows are wrong. */
  enter(edits: readonly Edit[], label: string, options: { join?: boolean; delay?: number } = {}): CellAddress[] {
    const touched = this.session.enter(edits, label, options);
    const [first] = edits;
    const column = edits.length === 1 && first ? this.session.store.column(first.column) : undefined;
    if (first && column) {
      const note = first.reason === undefined ? unusual(column, first.value) : `Not saved. ${first.reason}`;
      if (note) this.say(note);
    }
    return touched;
  }

  /** Draw the rows in the order and selection that the session now has. */
  reorder(): void {
    const key = this.table.order[this.active.row];
    const place = this.active;
    const hadFocus = this.table.element.contains(document.activeElement);
    this.table.setOrder(rowsToShow(this.session.store, this.session.view));
    this.range = null;
    this.active = place;
    this.keepActiveRow(key);
    this.scroll.scrollTop = 0;
    this.redraw();
    this.table.buildFoot();
    this.markHeads();
    this.setStop();
    if (hadFocus) this.focusPlace(this.active);
    this.toolbar.update();
  }
}
