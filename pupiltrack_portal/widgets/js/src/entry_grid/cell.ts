import type { Colour, Value } from "./wire";

export type State = "" | "pending" | "saved" | "unsaved" | "refused" | "conflict";

/** One cell: what is stored, and what was typed over it while `state` says so. */
export interface Cell {
  value: Value;
  version: number;
  /** The stored colour of its own. */
  colour: Colour;
  /** For reading only, though its column is not. */
  locked: boolean;
  state: State;
  typed: Value;
  /** The colour chosen and not stored yet; undefined when none was chosen. */
  typedColour: Colour | undefined;
  reason: string;
  theirs: Value;
  /** Typed since the last batch left. */
  waiting: boolean;
}

export interface Edit {
  row: string;
  column: string;
  value: Value;
  /** Set when the cell's colour changes as well: a palette name, or null for automatic. */
  colour?: Colour | undefined;
  /** Set when the browser already knows it cannot be kept. */
  reason?: string | undefined;
}

export interface CellAddress {
  row: string;
  column: string;
}

export function newCell(value: Value, version: number, colour: Colour, locked: boolean): Cell {
  return {
    value, version, colour, locked,
    state: "", typed: null, typedColour: undefined, reason: "", theirs: null, waiting: false,
  };
}

export function hasTyped(cell: Cell): boolean {
  return cell.state !== "" && cell.state !== "saved";
}

export function shown(cell: Cell): Value {
  return hasTyped(cell) ? cell.typed : cell.value;
}

/** The colour of its own that the cell shows; null when it has none. */
export function shownColour(cell: Cell): Colour {
  return hasTyped(cell) && cell.typedColour !== undefined ? cell.typedColour : cell.colour;
}

/** What was typed is stored, or given up. */
export function settle(cell: Cell, state: "" | "saved"): void {
  cell.state = state;
  cell.typed = null;
  cell.typedColour = undefined;
  cell.reason = "";
  cell.theirs = null;
  cell.waiting = false;
}

/** Whether what was typed is exactly what is stored. */
export function isStored(cell: Cell): boolean {
  const sameColour = cell.typedColour === undefined || cell.typedColour === cell.colour;
  return cell.typed === cell.value && sameColour;
}
