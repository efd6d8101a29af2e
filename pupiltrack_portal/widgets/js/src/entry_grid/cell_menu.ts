import { clearSelection, copySelection, editableCells } from "./blocks";
import type { GridView } from "./grid";
import { openHistory } from "./history_panel";
import { type Item, openMenu } from "./menu";
import { colourableCells, openPalette } from "./palette";
import { sizeOf } from "./selection";
import { columnName, count } from "./words";

/** The menu of the focused cell, or of all that are selected. */
export function openCellMenu(grid: GridView): void {
  const here = grid.activeCell();
  const cell = here && grid.table.at("body", grid.active.row, grid.active.column);
  const range = grid.selection();
  if (!here || !cell || !range) return;
  const { store, hasHistory } = grid.session;
  const back = () => grid.focusAgain();
  const { cells } = sizeOf(range);
  const items: Item[] = [];
  if (colourableCells(grid, range).length > 0) {
    items.push({ label: "Colour…", run: () => openPalette(grid, cell, back) });
  }
  if (hasHistory && here.column.kind !== "readonly") {
    items.push({ label: "History…", run: () => openHistory(grid, cell, back) });
  }
  if (editableCells(grid, range).length > 0) {
    items.push({ label: "Clear", keys: "Delete", run: () => clearSelection(grid) });
  }
  items.push({ label: "Copy", keys: "Ctrl+C", run: () => void copySelection(grid) });
  const one = `${store.row(here.row)?.[1] ?? ""}, ${columnName(here.column)}`;
  openMenu(grid, cell, cells > 1 ? `${count(cells, "cell")} selected` : one, items, back);
}
