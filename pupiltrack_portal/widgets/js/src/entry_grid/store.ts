import type { Answer, CellUpdate, Column, Data, Value, WireFootRow, WireRow } from "./wire";

export type State = "" | "pending" | "saved" | "unsaved" | "refused" | "conflict";

/** One cell: what is stored (`value`, `version`), and what was typed over it while `state` says so. */
export interface Cell {
  value: Value;
  version: number;
  colour: string | null;
  state: State;
  typed: Value;
  reason: string;
  theirs: Value;
  /** Typed since the last batch left. */
  waiting: boolean;
}

export interface Edit {
  row: string;
  column: string;
  value: Value;
  /** Set when the browser already knows it cannot be kept. */
  reason?: string | undefined;
}

export interface CellAddress {
  row: string;
  column: string;
}

export interface AnswerCounts {
  saved: number;
  refused: number;
  conflict: number;
  unsaved: number;
  firstReason: string;
}

export function hasTyped(cell: Cell): boolean {
  return cell.state !== "" && cell.state !== "saved";
}

export function shown(cell: Cell): Value {
  return hasTyped(cell) ? cell.typed : cell.value;
}

const SEPARATOR = "\u0000";
const BLANK: Omit<Cell, "value" | "version" | "colour"> = {
  state: "",
  typed: null,
  reason: "",
  theirs: null,
  waiting: false,
};

/** What the grid holds, by key. It draws nothing: `changed` is told which cells differ. */
export class Store {
  columns: Column[] = [];
  rows: WireRow[] = [];
  foot: WireFootRow[] = [];
  caption = "";
  rowHeading = "";
  readOnly = false;
  revision = 0;
  private cells = new Map<string, Cell>();
  private columnByKey = new Map<string, Column>();
  private rowByKey = new Map<string, WireRow>();
  /** The cell with an editor open: nothing from outside may alter it. */
  private editing: string | null = null;
  private heldBack: CellUpdate | null = null;

  load(data: Data): void {
    const old = this.cells;
    this.columns = data.columns;
    this.rows = data.rows;
    this.foot = data.foot;
    this.caption = data.caption;
    this.rowHeading = data.row_heading;
    this.readOnly = data.read_only;
    this.revision = data.revision;
    this.columnByKey = new Map(data.columns.map((column) => [column.key, column]));
    this.rowByKey = new Map(data.rows.map((row) => [row[0], row]));
    this.cells = new Map();
    data.rows.forEach(([row], r) => {
      const versions = data.versions[r];
      data.columns.forEach((column, c) => {
        const key = row + SEPARATOR + column.key;
        const value = data.values[r]?.[c] ?? null;
        const version = versions ? (versions[c] ?? 0) : 0;
        const before = old.get(key);
        // What was typed and not yet saved outlives a new view of the data, with the version it was
        // typed over: if that is no longer the stored one, the save comes back as a conflict.
        if (before && (hasTyped(before) || key === this.editing)) {
          this.cells.set(key, before);
          if (!hasTyped(before)) this.heldBack = [row, column.key, value, version, null];
        } else this.cells.set(key, { ...BLANK, value, version, colour: null });
      });
    });
    for (const [r, c, colour] of data.colours) {
      const cell = this.cell(data.rows[r]![0], data.columns[c]!.key);
      if (cell) cell.colour = colour;
    }
    if (this.editing !== null && !this.cells.has(this.editing)) this.editing = null;
  }

  column(key: string): Column | undefined {
    return this.columnByKey.get(key);
  }

  row(key: string): WireRow | undefined {
    return this.rowByKey.get(key);
  }

  cell(row: string, column: string): Cell | undefined {
    return this.cells.get(row + SEPARATOR + column);
  }

  shownValue(row: string, column: string): Value {
    const cell = this.cell(row, column);
    return cell ? shown(cell) : null;
  }

  colourOf(row: string, column: string): string | null {
    const cell = this.cell(row, column);
    if (!cell) return null;
    if (cell.colour !== null) return cell.colour;
    const value = shown(cell);
    return value === null ? null : (this.column(column)?.colours?.[value] ?? null);
  }

  mayEdit(column: string): boolean {
    const kind = this.column(column)?.kind;
    return !this.readOnly && kind !== undefined && kind !== "readonly";
  }

  /** Take what was typed. Returns the cells that now look different. */
  edit(edits: readonly Edit[]): CellAddress[] {
    const touched: CellAddress[] = [];
    for (const { row, column, value, reason } of edits) {
      const cell = this.cell(row, column);
      if (!cell || !this.mayEdit(column) || cell.state === "conflict") continue;
      if (shown(cell) === value && cell.state !== "refused" && cell.state !== "unsaved") continue;
      touched.push({ row, column });
      cell.typed = value;
      cell.reason = reason ?? "";
      cell.theirs = null;
      if (reason !== undefined) {
        cell.state = "refused";
        cell.waiting = false;
      } else if (value === cell.value && cell.state === "refused") {
        this.settle(cell, "");
      } else {
        cell.state = "pending";
        cell.waiting = true;
      }
    }
    return touched;
  }

  private settle(cell: Cell, state: "" | "saved"): void {
    cell.state = state;
    cell.typed = null;
    cell.reason = "";
    cell.theirs = null;
    cell.waiting = false;
  }

  /** The cells to send now, at most `most`; they stop waiting. */
  takeWaiting(most: number): [row: string, column: string, value: Value, version: number][] {
    const batch: [string, string, Value, number][] = [];
    for (const [key, cell] of this.cells) {
      if (!cell.waiting) continue;
      if (batch.length >= most) break;
      cell.waiting = false;
      const [row, column] = key.split(SEPARATOR) as [string, string];
      batch.push([row, column, cell.typed, cell.version]);
    }
    return batch;
  }

  get hasWaiting(): boolean {
    for (const cell of this.cells.values()) if (cell.waiting) return true;
    return false;
  }

  /** How many typed values are not stored yet, by what stands in their way. */
  counts(): Record<"pending" | "unsaved" | "refused" | "conflict", number> {
    const counts = { pending: 0, unsaved: 0, refused: 0, conflict: 0 };
    for (const { state } of this.cells.values()) if (state !== "" && state !== "saved") counts[state]++;
    return counts;
  }

  /** A batch got no answer: its cells, and those waiting behind it, are not saved. */
  markUnsaved(reason: string): CellAddress[] {
    return this.change((cell) => {
      if (cell.state !== "pending") return false;
      cell.state = "unsaved";
      cell.reason = reason;
      return true;
    });
  }

  /** Put every unsaved cell in the queue again. */
  retryUnsaved(): CellAddress[] {
    return this.change((cell) => {
      if (cell.state !== "unsaved") return false;
      cell.waiting = true;
      return true;
    });
  }

  /** The ticks of saved cells go after a while. */
  forgetSaved(): CellAddress[] {
    return this.change((cell) => {
      if (cell.state !== "saved") return false;
      cell.state = "";
      return true;
    });
  }

  private change(apply: (cell: Cell) => boolean): CellAddress[] {
    const touched: CellAddress[] = [];
    for (const [key, cell] of this.cells) {
      if (!apply(cell)) continue;
      const [row, column] = key.split(SEPARATOR) as [string, string];
      touched.push({ row, column });
    }
    return touched;
  }

  applyAnswer(answer: Answer): { touched: CellAddress[]; counts: AnswerCounts } {
    this.revision = answer.revision;
    const touched: CellAddress[] = [];
    const counts = { saved: 0, refused: 0, conflict: 0, unsaved: 0, firstReason: "" };
    for (const [row, column, status, value, version, reason, theirs] of answer.outcomes) {
      counts[status]++;
      if (reason && !counts.firstReason) counts.firstReason = reason;
      const cell = this.cell(row, column);
      if (!cell) continue;
      touched.push({ row, column });
      const typedAgain = cell.waiting;
      if (status === "saved") {
        cell.value = value;
        cell.version = version;
        if (!typedAgain) this.settle(cell, "saved");
        else if (cell.typed === value) this.settle(cell, "saved");
      } else if (status === "conflict") {
        cell.value = theirs;
        cell.version = version;
        cell.theirs = theirs;
        cell.state = "conflict";
        cell.waiting = false;
        cell.reason = reason;
      } else if (!typedAgain) {
        cell.state = status;
        cell.reason = reason;
      }
    }
    if (answer.foot) this.foot = answer.foot;
    if (answer.rows) this.updateRows(answer.rows);
    return { touched, counts };
  }

  /** Settle a conflict: keep what was typed (sent over their version), or take theirs. */
  resolve(row: string, column: string, keep: "mine" | "theirs"): void {
    const cell = this.cell(row, column);
    if (!cell || cell.state !== "conflict") return;
    if (keep === "theirs" || cell.typed === cell.value) {
      this.settle(cell, "");
      return;
    }
    cell.state = "pending";
    cell.waiting = true;
    cell.reason = "";
    cell.theirs = null;
  }

  /** Put the stored value back in place of one that was refused. */
  restore(row: string, column: string): boolean {
    const cell = this.cell(row, column);
    if (!cell || cell.state !== "refused") return false;
    this.settle(cell, "");
    return true;
  }

  beginEdit(row: string, column: string): void {
    this.editing = row + SEPARATOR + column;
    this.heldBack = null;
  }

  /**
   * Close the editor. What others changed meanwhile is applied only when nothing was typed: a typed
   * value is sent with the version its author saw, so that the clash is noticed.
   */
  endEdit(typed: boolean): CellAddress[] {
    this.editing = null;
    const update = this.heldBack;
    this.heldBack = null;
    return update && !typed ? this.updateCells([update]) : [];
  }

  updateCells(updates: readonly CellUpdate[]): CellAddress[] {
    const touched: CellAddress[] = [];
    for (const update of updates) {
      const [row, column, value, version, colour] = update;
      const cell = this.cell(row, column);
      if (!cell || version < cell.version) continue;
      if (row + SEPARATOR + column === this.editing) {
        this.heldBack = update;
        continue;
      }
      if (cell.state === "pending" || cell.state === "unsaved") continue;
      touched.push({ row, column });
      cell.value = value;
      cell.version = version;
      cell.colour = colour;
      if (cell.state === "conflict") cell.theirs = value;
    }
    return touched;
  }

  updateRows(rows: readonly WireRow[]): void {
    const changed = new Map(rows.map((row) => [row[0], row]));
    this.rows = this.rows.map((row) => changed.get(row[0]) ?? row);
    for (const row of this.rows) this.rowByKey.set(row[0], row);
  }
}
