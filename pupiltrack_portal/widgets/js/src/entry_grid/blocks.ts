import { formatTable, parseTable, placePaste } from "./clipboard";
import type { GridView } from "./grid";
import { type Range, sizeOf } from "./selection";
import type { Edit } from "./store";
import { labelOf, readEntry } from "./values";
import type { Column } from "./wire";
import { count } from "./words";

/** What is done to all selected cells at once: clear, copy, cut, paste. */
export function clearSelection(grid: GridView): void {
  const range = grid.selection();
  if (!range) return;
  const edits = editableCells(grid, range).map(({ row, column }) => ({ row, column: column.key, value: null }));
  if (edits.length === 0) {
    grid.say("This cell is for reading only.");
    return;
  }
  const touched = grid.enter(edits, `Cleared ${count(edits.length, "cell")}`);
  grid.say(touched.length === 1 ? "Cleared." : `${count(touched.length, "cell")} cleared.`);
}

function editableCells(grid: GridView, range: Range): { row: string; column: Column }[] {
  const cells: { row: string; column: Column }[] = [];
  for (let r = range.top; r <= range.bottom; r++) {
    for (let c = range.left; c <= range.right; c++) {
      const column = grid.table.columns[c]!;
      if (grid.session.store.mayEdit(column.key)) cells.push({ row: grid.table.order[r]!, column });
    }
  }
  return cells;
}

export function onCopy(grid: GridView, event: ClipboardEvent, cut: boolean): void {
  const range = grid.selection();
  if (grid.isEditing || !event.clipboardData) return;
  event.preventDefault();
  const lines: string[][] = [];
  if (range) {
    for (let r = range.top; r <= range.bottom; r++) {
      const row = grid.table.order[r]!;
      lines.push(
        grid.table.columns
          .slice(range.left, range.right + 1)
          .map((column) => labelOf(column, grid.session.store.shownValue(row, column.key))),
      );
    }
  } else {
    const cell = grid.table.at(grid.active.section, grid.active.row, grid.active.column);
    lines.push([cell?.textContent ?? ""]);
  }
  event.clipboardData.setData("text/plain", formatTable(lines));
  if (cut && range) clearSelection(grid);
  else grid.say(`${count(range ? sizeOf(range).cells : 1, "cell")} copied.`);
}

export function onPaste(grid: GridView, event: ClipboardEvent): void {
  const range = grid.selection();
  const block = parseTable(event.clipboardData?.getData("text/plain") ?? "");
  if (grid.isEditing || !range || block.length === 0) return;
  event.preventDefault();
  const { placed, outside } = placePaste(block, range, grid.shape());
  const { store } = grid.session;
  let readOnly = 0;
  const edits: Edit[] = [];
  for (const { row, column: c, text } of placed) {
    const column = grid.table.columns[c]!;
    const key = grid.table.order[row]!;
    if (!store.mayEdit(column.key) || store.cell(key, column.key)?.state === "conflict") readOnly++;
    else edits.push({ row: key, column: column.key, ...readEntry(column, text) });
  }
  const refused = edits.filter(({ reason }) => reason !== undefined).length;
  const taken = edits.length - refused;
  const parts = [`Pasted ${count(taken, "cell")}`];
  grid.session.enter(edits, parts[0]!);
  if (refused > 0) parts.push(`${refused} refused: not a value of the column`);
  if (readOnly > 0) parts.push(`${readOnly} left alone: for reading only`);
  if (outside > 0) parts.push(`${outside} did not fit in the table`);
  grid.say(`${parts.join("; ")}.`);
}
