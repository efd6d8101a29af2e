import type { Cell } from "./cell";
import { labelOf } from "./values";
import type { Colour, Column } from "./wire";

/** "1 cell", "12 cells". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;
}

export function timeOfDay(date: Date): string {
  return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** The full name of a column: group, then label. */
export function columnName(column: Column): string {
  return column.group ? `${column.group}, ${column.label}` : column.label;
}

/** What the state of a cell means, for its tooltip and its description; "" when all is well. */
export function stateText(column: Column, cell: Cell): string {
  switch (cell.state) {
    case "unsaved":
      return `Not saved yet. ${cell.reason}`;
    case "refused":
      return `Not saved. ${cell.reason} The saved value is ${quoted(column, cell.value)}. Escape puts it back.`;
    case "conflict":
      return (
        `Someone else changed this to ${quoted(column, cell.theirs)} while you entered ` +
        `${quoted(column, cell.typed)}. Press Enter to choose which to keep.`
      );
    default:
      return "";
  }
}

export function quoted(column: Column, value: string | null): string {
  return value === null ? "blank" : `“${labelOf(column, value)}”`;
}

export function colourName(colour: Colour): string {
  return colour ?? "automatic";
}

/** A value, and the colour chosen with it; undefined when none was. */
export function quotedWithColour(column: Column, value: string | null, colour: Colour | undefined): string {
  if (colour === undefined) return quoted(column, value);
  return `${quoted(column, value)}, colour ${colourName(colour)}`;
}

export interface Counts {
  pending: number;
  unsaved: number;
  refused: number;
  conflict: number;
}

/** The line that tells how far saving is. */
export function saveStatus(counts: Counts, savedAt: Date | null, message: string): string {
  const parts: string[] = [];
  if (counts.unsaved > 0) parts.push(`${count(counts.unsaved, "change")} not saved yet`);
  if (counts.refused > 0) parts.push(`${count(counts.refused, "entry", "entries")} refused`);
  if (counts.conflict > 0) {
    const many = counts.conflict === 1;
    parts.push(`${count(counts.conflict, "entry", "entries")} ${many ? "needs" : "need"} your choice`);
  }
  if (counts.pending > 0) parts.push(`Saving ${count(counts.pending, "change")}…`);
  if (parts.length > 0) return parts.join(" · ");
  if (message) return message;
  return savedAt ? `All changes saved ${timeOfDay(savedAt)}` : "";
}
