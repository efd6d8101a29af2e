import { el } from "../shared/dom";
import type { Edit } from "./cell";
import type { GridView } from "./grid";
import { type Item, openMenu } from "./menu";
import type { Range } from "./selection";
import type { Colour } from "./wire";
import { columnName, count } from "./words";

/** The colours a cell can have of its own, by the names Python knows them by. */
export const COLOURS = ["red", "amber", "green", "blue", "purple", "grey"] as const;

/** The selected cells that can have a colour of their own. */
export function colourableCells(grid: GridView, range: Range | null): { row: string; column: string }[] {
  if (!range) return [];
  const { store } = grid.session;
  const cells: { row: string; column: string }[] = [];
  for (let r = range.top; r <= range.bottom; r++) {
    for (let c = range.left; c <= range.right; c++) {
      const row = grid.table.order[r]!;
      const { key, colourable } = grid.table.columns[c]!;
      if (colourable && store.mayEditCell(row, key)) cells.push({ row, column: key });
    }
  }
  return cells;
}

/** Offer the palette for the selected cells; `back` takes the focus when it closes. */
export function openPalette(grid: GridView, beside: Element, back: () => void): void {
  const { store } = grid.session;
  const cells = colourableCells(grid, grid.selection());
  const [first] = cells;
  if (!first) {
    grid.answer("The selected cells take no colour of their own.", beside);
    return;
  }
  const own = new Set(cells.map(({ row, column }) => store.ownColour(row, column)));
  const item = (colour: Colour, label: string): Item => ({
    label,
    checked: own.size === 1 && own.has(colour),
    sign: el("span", { class: `ptg-swatch ptg-swatch-${colour ?? "automatic"}`, "aria-hidden": "true" }),
    run: () => paintCells(grid, cells, colour),
  });
  const column = store.column(first.column)!;
  const one = `${store.row(first.row)?.[1] ?? ""}, ${columnName(column)}`;
  openMenu(
    grid,
    beside,
    `Colour of ${cells.length === 1 ? one : count(cells.length, "cell")}`,
    [item(null, "Automatic"), ...COLOURS.map((name) => item(name, name[0]!.toUpperCase() + name.slice(1)))],
    back,
  );
}

function paintCells(grid: GridView, cells: readonly { row: string; column: string }[], colour: Colour): void {
  const { store } = grid.session;
  const edits: Edit[] = [];
  for (const { row, column } of cells) {
    const state = store.cell(row, column)?.state;
    // A refused value cannot be stored, and a colour goes with its value.
    if (state === "refused" || state === "conflict") continue;
    edits.push({ row, column, value: store.shownValue(row, column), colour });
  }
  const what = colour === null ? "made automatic again" : `coloured ${colour}`;
  const label = `${count(edits.length, "cell")} ${what}`;
  grid.session.enter(edits, label);
  const left = cells.length - edits.length;
  grid.say(left > 0 ? `${label}; ${left} not saved yet, left as they were.` : `${label}.`);
}
