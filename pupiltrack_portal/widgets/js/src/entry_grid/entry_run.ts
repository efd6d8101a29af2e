import type { Place, Shape } from "./selection";

export type Way = "down" | "up" | "right" | "left";

/** Cells entered one after the other with Tab; `home` is the column where that began. */
export interface Run {
  home: number;
  row: number;
  column: number;
}

/**
 * Where an entry leads, as in a spreadsheet: Enter down and Tab right, with Shift the other way.
 * After a run of Tabs, Enter returns below the first cell of the run. Tab passes over cells that
 * take no entry, and from the last one goes to where the run began, a row below. Null when there is
 * no such cell.
 */
export function nextCell(
  place: Place,
  way: Way,
  run: Run | null,
  shape: Shape,
  takes: (row: number, column: number) => boolean,
): { place: Place; run: Run | null } | null {
  const { row, column } = place;
  const home = run && run.row === row && run.column === column ? run.home : column;
  const body = (r: number, c: number): Place => ({ section: "body", row: r, column: c });
  if (way === "down" || way === "up") {
    const to = row + (way === "down" ? 1 : -1);
    return to >= 0 && to < shape.rows ? { place: body(to, home), run: null } : null;
  }
  const step = way === "right" ? 1 : -1;
  for (let c = column + step; c >= 0 && c < shape.columns; c += step) {
    if (takes(row, c)) return { place: body(row, c), run: { home: Math.min(home, c), row, column: c } };
  }
  if (way === "left" || row + 1 >= shape.rows) return null;
  return { place: body(row + 1, home), run: null };
}
