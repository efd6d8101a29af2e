/** Places count from 0 among the rows in view; column 0 is the first data column, -1 the headings. */
export type Section = "head" | "body" | "foot";

export interface Place {
  section: Section;
  row: number;
  column: number;
}

export interface Shape {
  rows: number;
  columns: number;
  footRows: number;
}

export interface Range {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export type Move =
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "first"
  | "last"
  | "pageUp"
  | "pageDown";

const SECTIONS: Section[] = ["head", "body", "foot"];

function rowsOf(section: Section, shape: Shape): number {
  if (section === "head") return 1;
  return section === "body" ? shape.rows : shape.footRows;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}

/** Put a place back inside a table that has changed shape. */
export function within(place: Place, shape: Shape): Place {
  const column = clamp(place.column, -1, shape.columns - 1);
  const rows = rowsOf(place.section, shape);
  if (rows === 0) return { section: "head", row: 0, column };
  return { section: place.section, row: clamp(place.row, 0, rows - 1), column };
}

/** Where a move leads. The heading, the body and the foot follow each other; edges stop. */
export function moved(place: Place, move: Move, shape: Shape, page: number): Place {
  const { section, row, column } = place;
  const last = shape.columns - 1;
  switch (move) {
    case "left":
      return within({ section, row, column: column - 1 }, shape);
    case "right":
      return within({ section, row, column: column + 1 }, shape);
    case "home":
      return { section, row, column: -1 };
    case "end":
      return { section, row, column: last };
    case "first":
      return within({ section: "body", row: 0, column: -1 }, shape);
    case "last":
      return within({ section: "body", row: shape.rows - 1, column: last }, shape);
    case "up":
      return stepped(place, -1, shape);
    case "down":
      return stepped(place, 1, shape);
    case "pageUp":
      return section === "body" ? within({ section, row: row - page, column }, shape) : place;
    case "pageDown":
      return section === "body" ? within({ section, row: row + page, column }, shape) : place;
  }
}

function stepped(place: Place, by: 1 | -1, shape: Shape): Place {
  const row = place.row + by;
  if (row >= 0 && row < rowsOf(place.section, shape)) return { ...place, row };
  for (let at = SECTIONS.indexOf(place.section) + by; at >= 0 && at < SECTIONS.length; at += by) {
    const section = SECTIONS[at]!;
    const rows = rowsOf(section, shape);
    if (rows > 0) return { section, row: by > 0 ? 0 : rows - 1, column: place.column };
  }
  return place;
}

/** The cells between two places of the body; null when either is not a data cell. */
export function rangeBetween(anchor: Place, focus: Place): Range | null {
  if (anchor.section !== "body" || focus.section !== "body") return null;
  if (anchor.column < 0 || focus.column < 0) return null;
  return {
    top: Math.min(anchor.row, focus.row),
    bottom: Math.max(anchor.row, focus.row),
    left: Math.min(anchor.column, focus.column),
    right: Math.max(anchor.column, focus.column),
  };
}

export function contains(range: Range | null, row: number, column: number): boolean {
  return (
    range !== null &&
    row >= range.top &&
    row <= range.bottom &&
    column >= range.left &&
    column <= range.right
  );
}

export function sizeOf(range: Range): { rows: number; columns: number; cells: number } {
  const rows = range.bottom - range.top + 1;
  const columns = range.right - range.left + 1;
  return { rows, columns, cells: rows * columns };
}
