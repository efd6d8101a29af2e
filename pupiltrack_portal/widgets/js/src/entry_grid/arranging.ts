import type { GridView } from "./grid";
import type { Filter, Sort } from "./ordering";
import { columnName, count } from "./words";

/** Put the rows in another order, or with null in the one they came in. */
export function sortBy(grid: GridView, sort: Sort | null): void {
  const { session } = grid;
  session.view = { ...session.view, sort };
  grid.reorder();
  const column = sort && session.store.column(sort.column);
  const name = column ? columnName(column) : session.store.rowHeading;
  grid.say(sort ? `Sorted by ${name}, ${sort.descending ? "descending" : "ascending"}.` : "Back in the first order.");
}

/** Show only the rows that pass a filter of one column; null takes that filter away. */
export function filterBy(grid: GridView, key: string, filter: Filter | null): void {
  const { session } = grid;
  const filters = new Map(session.view.filters);
  if (filter) filters.set(key, filter);
  else filters.delete(key);
  show(grid, filters);
}

export function clearFilters(grid: GridView): void {
  show(grid, new Map());
}

function show(grid: GridView, filters: ReadonlyMap<string, Filter>): void {
  const { session, table } = grid;
  session.view = { ...session.view, filters };
  grid.reorder();
  grid.say(`Showing ${table.order.length} of ${count(session.store.rows.length, "row")}.`);
}
