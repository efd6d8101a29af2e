import type { Range } from "./selection";

/**
 * The cells of text copied from a spreadsheet: tabs between columns, one line a row, cells with a
 * tab, a line break or a quote in quotes. One line break at the very end belongs to no row.
 */
export function parseTable(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let at = 0;
  const endCell = () => {
    row.push(cell);
    cell = "";
  };
  const endRow = () => {
    endCell();
    rows.push(row);
    row = [];
  };
  while (at < text.length) {
    const char = text[at]!;
    if (char === '"' && cell === "" && isQuoted(text, at)) {
      at++;
      while (at < text.length) {
        if (text[at] === '"' && text[at + 1] === '"') {
          cell += '"';
          at += 2;
        } else if (text[at] === '"') {
          at++;
          break;
        } else {
          cell += text[at++];
        }
      }
    } else if (char === "\t") {
      endCell();
      at++;
    } else if (char === "\r" || char === "\n") {
      endRow();
      at += char === "\r" && text[at + 1] === "\n" ? 2 : 1;
      if (at === text.length) return rows;
    } else {
      cell += char;
      at++;
    }
  }
  if (cell !== "" || row.length > 0) endRow();
  return rows;
}

/** A quote opens a quoted cell only when its partner is followed by the end of the cell. */
function isQuoted(text: string, at: number): boolean {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] !== '"') continue;
    if (text[end + 1] === '"') {
      end++;
      continue;
    }
    const next = text[end + 1];
    return next === undefined || next === "\t" || next === "\r" || next === "\n";
  }
  return false;
}

export function formatTable(rows: readonly (readonly string[])[]): string {
  const quote = (cell: string) => (/["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => row.map(quote).join("\t")).join("\r\n");
}

export interface Placed {
  row: number;
  column: number;
  text: string;
}

/**
 * Where pasted cells go. One cell fills the whole selection; a block fills it when the selection is
 * a whole multiple of it, else it starts at the upper left. What falls outside is counted.
 */
export function placePaste(
  block: readonly (readonly string[])[],
  selection: Range,
  shape: { rows: number; columns: number },
): { placed: Placed[]; outside: number } {
  const height = block.length;
  // Not spread into Math.max: a paste can have more lines than a call has arguments.
  const width = block.reduce((most, row) => Math.max(most, row.length), 0);
  const selected = {
    rows: selection.bottom - selection.top + 1,
    columns: selection.right - selection.left + 1,
  };
  const tiles = selected.rows % height === 0 && selected.columns % width === 0;
  const rows = tiles ? selected.rows : height;
  const columns = tiles ? selected.columns : width;
  const placed: Placed[] = [];
  let outside = 0;
  for (let r = 0; r < rows; r++) {
    const line = block[r % height]!;
    for (let c = 0; c < columns; c++) {
      const text = line[c % width];
      if (text === undefined) continue;
      const row = selection.top + r;
      const column = selection.left + c;
      if (row < shape.rows && column < shape.columns) placed.push({ row, column, text });
      else outside++;
    }
  }
  return { placed, outside };
}
