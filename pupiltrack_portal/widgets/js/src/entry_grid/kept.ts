import { type Cell, type Edit, hasTyped } from "./cell";
import type { Store } from "./store";
import { readEntry } from "./values";
import type { Colour, Value } from "./wire";

/** Every name under which this browser tab keeps typed values begins so. */
export const PREFIX = "pupiltrack.kept.";
const NO_VERSION = -1;
const LONGEST = 24 * 60 * 60 * 1000;

/** A value typed and not stored, over `version` of its cell, at a time in milliseconds. */
export interface KeptCell {
  row: string;
  column: string;
  value: Value;
  version: number;
  colour?: Colour | undefined;
  at: number;
}

export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** The tab's own store; null where the browser gives none. */
export function tabStore(): Shelf | null {
  try {
    return window.sessionStorage;
  } catch {
    // Storage is forbidden here: what was typed lives as long as the page.
    return null;
  }
}

/**
 * What was typed and not stored, kept under a name while the tab is open, so that a page that
 * starts anew can offer it. `offered` is what an earlier page left and nobody has decided on.
 */
export class Kept {
  offered: KeptCell[] = [];
  private since = new Map<string, number>();
  private readonly name: string;

  constructor(
    name: string,
    private readonly shelf: Shelf | null,
    private readonly now: () => number,
  ) {
    this.name = name && PREFIX + name;
    if (!shelf) return;
    for (const key of Array.from({ length: shelf.length }, (_, at) => shelf.key(at))) {
      if (!key?.startsWith(PREFIX)) continue;
      const cells = this.read(key);
      if (cells.length === 0) shelf.removeItem(key);
      else if (key === this.name) this.offered = cells;
    }
  }

  private read(key: string): KeptCell[] {
    try {
      const cells: unknown = JSON.parse(this.shelf?.getItem(key) ?? "[]");
      const oldest = this.now() - LONGEST;
      return Array.isArray(cells) ? cells.filter((cell) => isKept(cell) && cell.at >= oldest) : [];
    } catch {
      // Not what this code wrote: as good as nothing.
      return [];
    }
  }

  /** Keep these cells and what is offered; with neither, nothing stays behind. */
  keep(typed: readonly { row: string; column: string; cell: Cell }[]): void {
    if (!this.name || !this.shelf) return;
    const since = new Map<string, number>();
    const cells = typed.map(({ row, column, cell }): KeptCell => {
      const at = this.since.get(nameOf(row, column)) ?? this.now();
      since.set(nameOf(row, column), at);
      return keptOf(row, column, cell, at);
    });
    this.since = since;
    const rest = this.offered.filter(({ row, column }) => !since.has(nameOf(row, column)));
    try {
      if (cells.length + rest.length === 0) this.shelf.removeItem(this.name);
      else this.shelf.setItem(this.name, JSON.stringify([...rest, ...cells]));
    } catch {
      // No room: the page still holds the values and goes on sending them.
    }
  }

  /** Offer cells that this page no longer shows and that are not stored yet. */
  offer(cells: readonly { row: string; column: string; cell: Cell }[]): void {
    if (!this.name) return;
    const at = this.now();
    for (const { row, column, cell } of cells) {
      this.forget(row, column);
      this.offered.push(keptOf(row, column, cell, at));
    }
  }

  /** Leave nothing of any name in this tab. */
  wipe(): void {
    this.offered = [];
    const { shelf } = this;
    if (!shelf) return;
    const keys = Array.from({ length: shelf.length }, (_, at) => shelf.key(at));
    for (const key of keys) if (key?.startsWith(PREFIX)) shelf.removeItem(key);
  }

  forget(row: string, column: string): void {
    this.offered = this.offered.filter((cell) => cell.row !== row || cell.column !== column);
  }
}

function keptOf(row: string, column: string, cell: Cell, at: number): KeptCell {
  const { typed: value, typedColour: colour } = cell;
  // A clash that nobody settled must come back as one, though the newer version is known here.
  const version = cell.state === "conflict" ? NO_VERSION : cell.version;
  return { row, column, value, version, at, ...(colour === undefined ? {} : { colour }) };
}

function nameOf(row: string, column: string): string {
  return `${row}\u0000${column}`;
}

function isKept(cell: unknown): cell is KeptCell {
  if (typeof cell !== "object" || cell === null) return false;
  const { row, column, value, version, colour, at } = cell as Record<string, unknown>;
  return (
    typeof row === "string" &&
    typeof column === "string" &&
    (value === null || typeof value === "string") &&
    typeof version === "number" &&
    (colour === undefined || colour === null || typeof colour === "string") &&
    typeof at === "number"
  );
}

export interface Return {
  /** To enter over the version they were typed over. */
  edits: Edit[];
  /** Changed by someone else since: to be chosen between. */
  clashes: Edit[];
  /** Not in this table, or for reading only in it: still kept. */
  elsewhere: KeptCell[];
}

/** What becomes of kept values over what is stored now; those stored already are in none of the lists. */
export function planReturn(store: Store, kept: readonly KeptCell[]): Return {
  const plan: Return = { edits: [], clashes: [], elsewhere: [] };
  for (const typed of kept) {
    const { row, column: key, value, version, colour } = typed;
    const cell = store.cell(row, key);
    const column = store.column(key);
    if (!cell || !column || !store.mayEditCell(row, key) || hasTyped(cell)) {
      plan.elsewhere.push(typed);
      continue;
    }
    if (cell.value === value && (colour === undefined || colour === cell.colour)) continue;
    const edit = { row, column: key, ...readEntry(column, value ?? ""), ...(colour === undefined ? {} : { colour }) };
    (cell.version === version ? plan.edits : plan.clashes).push(edit);
  }
  return plan;
}
