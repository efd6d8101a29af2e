import { filterBy, sortBy } from "./arranging";
import type { GridView } from "./grid";
import { type Item, openMenu } from "./menu";
import { ROW_HEADING } from "./ordering";
import { openFill, openFilter } from "./panels";
import type { Column } from "./wire";
import { columnName, count } from "./words";

const STEP = 24;

/** The menu of a heading; `at` is -1 for the rows' own heading. */
export function openHeadingMenu(grid: GridView, at: number): void {
  const heading = grid.table.at("head", 0, at);
  if (!heading) return;
  heading.setAttribute("aria-expanded", "true");
  const name = at < 0 ? grid.session.store.rowHeading || "Row" : columnName(grid.table.columns[at]!);
  openMenu(
    grid,
    heading,
    name,
    itemsFor(grid, at),
    () => grid.focusPlace({ section: "head", row: 0, column: at }),
    () => heading.setAttribute("aria-expanded", "false"),
  );
}

function itemsFor(grid: GridView, at: number): Item[] {
  const { view, store } = grid.session;
  const column = at < 0 ? null : grid.table.columns[at]!;
  const key = column?.key ?? ROW_HEADING;
  const words = !column || column.kind === "text" || column.kind === "readonly";
  const isChoice = column?.kind === "choice";
  const upward = words ? "Sort A to Z" : isChoice ? "Sort in order of the choices" : "Sort lowest first";
  const downward = words ? "Sort Z to A" : isChoice ? "Sort in reverse order" : "Sort highest first";
  const items: Item[] = [
    { label: upward, run: () => sortBy(grid, { column: key, descending: false }) },
    { label: downward, run: () => sortBy(grid, { column: key, descending: true }) },
  ];
  if (view.sort) items.push({ label: "Back to the first order", run: () => sortBy(grid, null) });
  items.push({
    label: view.filters.has(key) ? "Change the filter…" : "Filter…",
    run: () => openFilter(grid, at),
  });
  if (view.filters.has(key)) items.push({ label: "Clear this filter", run: () => filterBy(grid, key, null) });
  if (column) {
    items.push({ label: "Select this column", run: () => grid.selectColumn(at) });
    items.push(...widthItems(grid, column));
    if (column.fill && store.mayEdit(column.key) && grid.table.order.length > 0) {
      const rows = count(grid.table.order.length, "visible row");
      items.push({ label: `Fill ${rows}…`, run: () => openFill(grid, at) });
    }
  }
  return items;
}

function widthItems(grid: GridView, column: Column): Item[] {
  const { layout } = grid.session;
  const change = (width: number | null) => {
    layout.setWidth(column, width);
    grid.session.layoutChanged();
    grid.session.say(`${columnName(column)} is ${layout.widthOf(column)} pixels wide.`);
  };
  const items: Item[] = [
    { label: "Wider", stays: true, run: () => change(layout.widthOf(column) + STEP) },
    { label: "Narrower", stays: true, run: () => change(layout.widthOf(column) - STEP) },
  ];
  if (layout.hasOwn(column)) items.push({ label: "Usual width", run: () => change(null) });
  return items;
}
