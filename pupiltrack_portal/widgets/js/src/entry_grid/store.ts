import { learnNames } from "../shared/names";
import { type Cell, type CellAddress, type Edit, hasTyped, isStored, newCell, settle, shown, shownColour } from "./cell";
import type { Answer, CellUpdate, Colour, Column, Data, SentCell, Value, WireFootRow, WireRow } from "./wire";

export interface AnswerCounts {
  saved: number;
  refused: number;
  conflict: number;
  unsaved: number;
  firstReason: string;
}

const SEPARATOR = "\u0000";
/** Of all values of one batch together; a kernel's line takes no message of any size. */
const MOST_CHARACTERS = 1_000_000;

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
    learnNames(data.rows.map((row) => row[1]));
    this.readOnly = data.read_only;
    this.revision = data.revision;
    this.columnByKey = new Map(data.columns.map((column) => [column.key, column]));
    this.rowByKey = new Map(data.rows.map((row) => [row[0], row]));
    this.cells = new Map();
    const colours = new Map(data.colours.map(([r, c, colour]) => [placeKey(r, c), colour]));
    const locked = new Set(data.locked.map(([r, c]) => placeKey(r, c)));
    data.rows.forEach(([row], r) => {
      const versions = data.versions[r];
      data.columns.forEach((column, c) => {
        const key = row + SEPARATOR + column.key;
        const value = data.values[r]?.[c] ?? null;
        const version = versions ? (versions[c] ?? 0) : 0;
        const colour = colours.get(placeKey(r, c)) ?? null;
        const isLocked = locked.has(placeKey(r, c));
        const before = old.get(key);
        // What was typed and not yet saved outlives a new view of the data, with the version it was
        // typed over: if that is no longer the stored one, the save comes back as a conflict.
        if (before && (hasTyped(before) || key === this.editing)) {
          this.cells.set(key, before);
          if (hasTyped(before)) before.locked = isLocked;
          else this.heldBack = [row, column.key, value, version, colour, isLocked ? 1 : undefined];
        } else this.cells.set(key, newCell(value, version, colour, isLocked));
      });
    });
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

  /** The colour of the cell's own that it shows; null when it is automatic. */
  ownColour(row: string, column: string): Colour {
    const cell = this.cell(row, column);
    return cell ? shownColour(cell) : null;
  }

  colourOf(row: string, column: string): Colour {
    const cell = this.cell(row, column);
    if (!cell) return null;
    const own = shownColour(cell);
    if (own !== null) return own;
    const value = shown(cell);
    return value === null ? null : (this.column(column)?.colours?.[value] ?? null);
  }

  /** Whether anything may be entered in the column at all. */
  mayEdit(column: string): boolean {
    const kind = this.column(column)?.kind;
    return !this.readOnly && kind !== undefined && kind !== "readonly";
  }

  mayEditCell(row: string, column: string): boolean {
    return this.mayEdit(column) && this.cell(row, column)?.locked === false;
  }

  /** Whether an entry would be taken now: a clash has to be settled first. */
  takes(row: string, column: string): boolean {
    return this.mayEditCell(row, column) && this.cell(row, column)?.state !== "conflict";
  }

  /** Take what was typed. Returns the cells that now look different. */
  edit(edits: readonly Edit[]): CellAddress[] {
    const touched: CellAddress[] = [];
    for (const { row, column, value, colour, reason } of edits) {
      const cell = this.cell(row, column);
      if (!cell || !this.takes(row, column)) continue;
      const same = shown(cell) === value && (colour === undefined || colour === shownColour(cell));
      if (same && cell.state !== "refused" && cell.state !== "unsaved") continue;
      touched.push({ row, column });
      cell.typed = value;
      if (colour !== undefined) cell.typedColour = colour;
      cell.reason = reason ?? "";
      cell.theirs = null;
      if (reason !== undefined) {
        cell.state = "refused";
        cell.waiting = false;
      } else if (cell.state === "refused" && isStored(cell)) {
        settle(cell, "");
      } else {
        cell.state = "pending";
        cell.waiting = true;
      }
    }
    return touched;
  }

  /** The cells to send now, at most `most`; they stop waiting. */
  takeWaiting(most: number): SentCell[] {
    const batch: SentCell[] = [];
    let characters = 0;
    for (const [key, cell] of this.cells) {
      if (!cell.waiting) continue;
      characters += cell.typed?.length ?? 0;
      if (batch.length >= most || (batch.length > 0 && characters > MOST_CHARACTERS)) break;
      cell.waiting = false;
      const [row, column] = key.split(SEPARATOR) as [string, string];
      const sent: SentCell = [row, column, cell.typed, cell.version];
      if (cell.typedColour !== undefined) sent.push(cell.typedColour ?? "");
      batch.push(sent);
    }
    return batch;
  }

  get hasWaiting(): boolean {
    for (const cell of this.cells.values()) if (cell.waiting) return true;
    return false;
  }

  /** The cells whose typed values are not stored yet. */
  typedCells(): { row: string; column: string; cell: Cell }[] {
    const typed: { row: string; column: string; cell: Cell }[] = [];
    for (const [key, cell] of this.cells) {
      if (!hasTyped(cell)) continue;
      const [row, column] = key.split(SEPARATOR) as [string, string];
      typed.push({ row, column, cell });
    }
    return typed;
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
    for (const [row, column, status, value, version, reason, theirs, colour] of answer.outcomes) {
      counts[status]++;
      if (reason && !counts.firstReason) counts.firstReason = reason;
      const cell = this.cell(row, column);
      if (!cell) continue;
      touched.push({ row, column });
      const typedAgain = cell.waiting;
      if (status === "saved") {
        cell.value = value;
        cell.version = version;
        cell.colour = colour;
        if (!typedAgain || isStored(cell)) settle(cell, "saved");
      } else if (status === "conflict") {
        cell.value = theirs;
        cell.version = version;
        cell.colour = colour;
        this.clash(cell, reason);
      } else if (!typedAgain) {
        cell.state = status;
        cell.reason = reason;
      }
    }
    if (answer.foot) this.foot = answer.foot;
    if (answer.rows) this.updateRows(answer.rows);
    return { touched, counts };
  }

  private clash(cell: Cell, reason: string): void {
    cell.theirs = cell.value;
    cell.state = "conflict";
    cell.waiting = false;
    cell.reason = reason;
  }

  /** Hold a value typed over an earlier version against what is stored now, for a choice. */
  clashWith({ row, column, value, colour }: Edit): boolean {
    const cell = this.cell(row, column);
    if (!cell || hasTyped(cell) || !this.mayEditCell(row, column)) return false;
    cell.typed = value;
    cell.typedColour = colour;
    this.clash(cell, "");
    return true;
  }

  /** Settle a conflict: keep what was typed (sent over their version), or take theirs. */
  resolve(row: string, column: string, keep: "mine" | "theirs"): void {
    const cell = this.cell(row, column);
    if (!cell || cell.state !== "conflict") return;
    if (keep === "theirs" || isStored(cell)) {
      settle(cell, "");
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
    settle(cell, "");
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

  /** Take stored values from outside. Returns the cells that now look different. */
  updateCells(updates: readonly CellUpdate[]): CellAddress[] {
    const touched: CellAddress[] = [];
    for (const update of updates) {
      const [row, column, value, version, colour, locked] = update;
      const cell = this.cell(row, column);
      if (!cell || version < cell.version) continue;
      if (row + SEPARATOR + column === this.editing) {
        this.heldBack = update;
        continue;
      }
      if (cell.state === "pending" || cell.state === "unsaved") continue;
      const isLocked = locked === 1;
      if (cell.value !== value || cell.colour !== colour || cell.locked !== isLocked) {
        touched.push({ row, column });
      }
      cell.value = value;
      cell.version = version;
      cell.colour = colour;
      cell.locked = isLocked;
      if (cell.state === "conflict") cell.theirs = value;
    }
    return touched;
  }

  updateRows(rows: readonly WireRow[]): void {
    learnNames(rows.map((row) => row[1]));
    const changed = new Map(rows.map((row) => [row[0], row]));
    this.rows = this.rows.map((row) => changed.get(row[0]) ?? row);
    for (const row of this.rows) this.rowByKey.set(row[0], row);
  }
}

function placeKey(row: number, column: number): number {
  return row * 100_000 + column;
}
