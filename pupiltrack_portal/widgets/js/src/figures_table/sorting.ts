export interface Cell {
  text: string;
  /** What a screen reader is told when the cell can be pressed; absent when it cannot. */
  press?: string;
  /** What to sort by where the text is not it; null sorts last whichever way. */
  sort?: number | string | null;
  tone?: string;
  share?: number | null;
  /** A second, smaller line. */
  note?: string;
  /** A drawing in place of the text. */
  drawing?: string;
}

export interface Row {
  key: string;
  head: Cell;
  cells: Cell[];
}

/** A row as it is told: a cell that is nothing but text comes as that. */
export interface ToldRow {
  key: string;
  head: Cell | string;
  cells: (Cell | string)[];
}

const whole = (cell: Cell | string): Cell => (typeof cell === "string" ? { text: cell } : cell);

/** The rows with every cell whole. */
export function wholeRows(told: ToldRow[]): Row[] {
  return told.map(({ key, head, cells }) => ({ key, head: whole(head), cells: cells.map(whole) }));
}

/** For each column, the heading's first, the longest text of any row. */
export function longestTexts(rows: Row[], columns: number): string[] {
  const longest = Array.from({ length: columns + 1 }, () => "");
  for (const { head, cells } of rows) {
    if (head.text.length > longest[0]!.length) longest[0] = head.text;
    for (let at = 0; at < columns; at += 1) {
      const text = cells[at]?.text ?? "";
      if (text.length > longest[at + 1]!.length) longest[at + 1] = text;
    }
  }
  return longest;
}

/** Column -1 is the row heading. Null is the order the rows came in. */
export type Order = { column: number; direction: "ascending" | "descending" } | null;

/** Ascending, descending, then back to the order the rows came in. */
export function nextOrder(order: Order, column: number): Order {
  if (order?.column !== column) return { column, direction: "ascending" };
  return order.direction === "ascending" ? { column, direction: "descending" } : null;
}

const collator = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

function valueOf(row: Row, column: number): number | string | null {
  const cell = column < 0 ? row.head : row.cells[column];
  if (!cell) return null;
  return cell.sort === undefined ? cell.text : cell.sort;
}

/** The rows in the order asked for; rows without a value stay last in both directions. */
export function inOrder(rows: Row[], order: Order): Row[] {
  if (!order) return rows;
  const sign = order.direction === "ascending" ? 1 : -1;
  return [...rows].sort((one, other) => {
    const a = valueOf(one, order.column);
    const b = valueOf(other, order.column);
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * collator.compare(String(a), String(b));
  });
}
