import { clearSelection, copySelection, editableCells } from "./blocks";
import type { GridView } from "./grid";
import { openHistory } from "./history_panel";
import { type Item, openMenu } from "./menu";
import { colourableCells, openPalette } from "./palette";
import { sizeOf } from "./selection";
import { columnName, count } from "./words";

/** The menu of the focused cell or of all that are selected, or of the row whose heading has the focus. */
export function openCellMenu(grid: GridView): void {
  if (grid.active.section === "body" && grid.active.column < 0) openRowMenu(grid);
  const here = grid.activeCell();
  const cell = here && grid.table.at("body", grid.active.row, grid.active.column);
  const range = grid.selection();
  if (!here || !cell || !range) return;
  const { store, hasHistory } = grid.session;
  const back = () => grid.focusAgain();
  const { cells, rows } = sizeOf(range);
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
  if (rows === 1) items.push(...rowItems(grid, here.row));
  const one = `${store.row(here.row)?.[1] ?? ""}, ${columnName(here.column)}`;
  openMenu(grid, cell, cells > 1 ? `${count(cells, "cell")} selected` : one, items, back);
}

function openRowMenu(grid: GridView): void {
  const row = grid.table.order[grid.active.row];
  const heading = grid.table.at("body", grid.active.row, -1);
  if (row === undefined || !heading) return;
  const name = grid.session.store.row(row)?.[1] ?? "";
  openMenu(grid, heading, name, rowItems(grid, row), () => grid.focusAgain());
}

/** The way from a row to a page of its own, if the grid offers one. */
function rowItems(grid: GridView, row: string): Item[] {
  const [label, address] = grid.session.rowLink;
  if (!label || !address) return [];
  return [{ label, run: () => location.assign(address + encodeURIComponent(row)) }];
}
