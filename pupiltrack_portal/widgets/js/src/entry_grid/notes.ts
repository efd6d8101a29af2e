import type { GridView } from "./grid";
import type { Place } from "./selection";
import { shown, shownColour } from "./cell";
import { labelOf, unusual } from "./values";
import { columnName, stateText } from "./words";

/** What there is to say about a place beyond what it shows. */
export function noteFor({ session, table }: GridView, place: Place): string {
  const { store } = session;
  const element = table.at(place.section, place.row, place.column);
  if (!element) return "";
  const clipped = [element, ...element.querySelectorAll(".ptg-clip, .ptg-head-label")].some(
    (part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 1,
  );
  if (place.section === "head") {
    const column = table.columns[place.column];
    const full = clipped && column ? columnName(column) : "";
    return [full, column?.description ?? ""].filter(Boolean).join(". ");
  }
  if (place.section === "foot") {
    const [, label, description, cells] = store.foot[place.row]!;
    if (place.column < 0) return description || (clipped ? label : "");
    return cells[table.columns[place.column]!.key]?.[1] ?? "";
  }
  const row = table.order[place.row]!;
  const column = table.columns[place.column];
  if (!column) return clipped ? (store.row(row)?.slice(1).filter(Boolean).join(", ") ?? "") : "";
  const cell = store.cell(row, column.key)!;
  const colour = shownColour(cell);
  const notes = [
    stateText(column, cell),
    cell.state === "refused" ? "" : unusual(column, shown(cell)),
    colour ? `Coloured ${colour} by hand.` : "",
  ].filter(Boolean);
  if (notes.length === 0 && clipped) notes.push(labelOf(column, shown(cell)));
  return notes.join(" ");
}
