import { el } from "../shared/dom";
import type { Edit } from "./cell";
import { formatTable, parseTable, placePaste } from "./clipboard";
import type { GridView } from "./grid";
import type { Fault } from "./report";
import { type Range, sizeOf } from "./selection";
import { labelOf, readEntry, unusual } from "./values";
import type { Column } from "./wire";
import { count } from "./words";

/** What is done to all selected cells at once: clear, copy, cut, paste. */
export function clearSelection(grid: GridView): void {
  const range = grid.selection();
  if (!range) return;
  const edits = editableCells(grid, range).map(({ row, column }) => ({ row, column: column.key, value: null }));
  if (edits.length === 0) {
    grid.answer("This cell is for reading only.");
    return;
  }
  const touched = grid.enter(edits, `Cleared ${count(edits.length, "cell")}`);
  const passedOver = sizeOf(range).cells - edits.length;
  const left = passedOver > 0 ? ` ${passedOver} left alone: for reading only.` : "";
  grid.say((touched.length === 1 ? "Cleared." : `${count(touched.length, "cell")} cleared.`) + left);
}

/** The selected cells that take an entry. */
export function editableCells(grid: GridView, range: Range): { row: string; column: Column }[] {
  const cells: { row: string; column: Column }[] = [];
  for (let r = range.top; r <= range.bottom; r++) {
    for (let c = range.left; c <= range.right; c++) {
      const column = grid.table.columns[c]!;
      const row = grid.table.order[r]!;
      if (grid.session.store.mayEditCell(row, column.key)) cells.push({ row, column });
    }
  }
  return cells;
}

/** The selected cells as they read, for a spreadsheet or for the grid again. */
function textOf(grid: GridView, range: Range): string {
  const lines: string[][] = [];
  for (let r = range.top; r <= range.bottom; r++) {
    const row = grid.table.order[r]!;
    lines.push(
      grid.table.columns
        .slice(range.left, range.right + 1)
        .map((column) => labelOf(column, grid.session.store.shownValue(row, column.key))),
    );
  }
  return formatTable(lines);
}

export function onCopy(grid: GridView, event: ClipboardEvent, cut: boolean): void {
  const range = grid.selection();
  if (grid.isEditing || !event.clipboardData) return;
  event.preventDefault();
  const { section, row, column } = grid.active;
  const text = range ? textOf(grid, range) : (grid.table.at(section, row, column)?.textContent ?? "");
  event.clipboardData.setData("text/plain", text);
  if (cut && range) clearSelection(grid);
  else grid.say(`${count(range ? sizeOf(range).cells : 1, "cell")} copied.`);
}

/** Copy from the menu, where there is no event of the browser's that brings a clipboard. */
export async function copySelection(grid: GridView): Promise<void> {
  const range = grid.selection();
  if (!range) return;
  const copied = await writeClipboard(textOf(grid, range));
  grid.focusAgain();
  const done = `${count(sizeOf(range).cells, "cell")} copied.`;
  grid.say(copied ? done : "The browser does not let a menu copy. Press Ctrl and C instead.");
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Only secure addresses have that clipboard, and a person may forbid it: the old way, then.
    const box = el("textarea", { class: "ptg-vh", "aria-hidden": "true" });
    box.value = text;
    document.body.append(box);
    box.select();
    const copied = document.execCommand("copy");
    box.remove();
    return copied;
  }
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
  const faults: Fault[] = [];
  let strange = 0;
  for (const { row, column: c, text } of placed) {
    const column = grid.table.columns[c]!;
    const key = grid.table.order[row]!;
    if (!store.takes(key, column.key)) {
      readOnly++;
      continue;
    }
    const { value, reason } = readEntry(column, text);
    edits.push({ row: key, column: column.key, value, reason });
    if (reason !== undefined) faults.push({ row: key, column: column.key, reason });
    else if (unusual(column, value)) strange++;
  }
  const taken = edits.length - faults.length;
  const parts = [`Pasted ${count(taken, "cell")}`];
  grid.session.enter(edits, parts[0]!);
  if (faults.length > 0) parts.push(`${faults.length} refused: not a value of the column`);
  if (readOnly > 0) parts.push(`${readOnly} left alone: for reading only`);
  if (outside > 0) parts.push(`${outside} did not fit in the table`);
  if (strange > 0) parts.push(`${strange} outside the usual: check them`);
  grid.say(`${parts.join("; ")}.`);
  const notes: string[] = [];
  if (outside > 0) {
    const { rows, columns } = grid.shape();
    const shape = `${count(rows, "row")} and ${count(columns, "column")}`;
    notes.push(`${count(outside, "value")} did not fit: the table has ${shape}. What fits was pasted.`);
  }
  if (faults.length + notes.length === 0) return;
  const were = faults.length === 1 ? "value is" : "values are";
  const title = faults.length > 0 ? `${faults.length} pasted ${were} not saved` : "Not all of it was pasted";
  grid.report.show(title, faults, notes);
}
