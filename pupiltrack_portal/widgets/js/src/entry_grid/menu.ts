import { el } from "../shared/dom";
import { openFill, openFilter } from "./panels";
import type { GridView } from "./grid";
import { ROW_HEADING } from "./ordering";
import { Popup } from "./popup";
import { columnName, count } from "./words";

interface Item {
  label: string;
  run: () => void;
}

/** The menu of a heading; `at` is -1 for the rows' own heading. */
export function openMenu(grid: GridView, at: number): void {
  const heading = grid.table.at("head", 0, at);
  if (!heading) return;
  const items = itemsFor(grid, at);
  const buttons = items.map(({ label, run }) => {
    const button = el("button", { type: "button", role: "menuitem", class: "ptg-item", tabindex: -1 }, label);
    button.addEventListener("click", () => {
      popup.close(true);
      run();
    });
    return button;
  });
  heading.setAttribute("aria-expanded", "true");
  const name = at < 0 ? grid.session.store.rowHeading || "Row" : columnName(grid.table.columns[at]!);
  const popup = new Popup(
    grid.root,
    heading,
    { role: "menu", "aria-label": name, class: "ptg-menu" },
    buttons,
    (returnFocus) => {
      heading.setAttribute("aria-expanded", "false");
      if (returnFocus) grid.focusPlace({ section: "head", row: 0, column: at });
    },
  );
  popup.box.addEventListener("keydown", (event) => onMenuKey(event, buttons, popup));
  buttons[0]?.focus();
}

function onMenuKey(event: KeyboardEvent, buttons: HTMLButtonElement[], popup: Popup): void {
  const now = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const last = buttons.length - 1;
  const to = { ArrowDown: now >= last ? 0 : now + 1, ArrowUp: now <= 0 ? last : now - 1, Home: 0, End: last }[
    event.key
  ];
  if (to !== undefined) {
    event.preventDefault();
    buttons[to]?.focus();
  } else if (event.key === "Tab") {
    // The focus goes back first; the browser then moves on from the grid.
    popup.close(true);
  } else if (event.key.length === 1 && event.key !== " ") {
    const letter = event.key.toLocaleLowerCase();
    const order = [...buttons.slice(now + 1), ...buttons.slice(0, now + 1)];
    order.find((button) => button.textContent?.toLocaleLowerCase().startsWith(letter))?.focus();
  }
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
    { label: upward, run: () => grid.sort({ column: key, descending: false }) },
    { label: downward, run: () => grid.sort({ column: key, descending: true }) },
  ];
  if (view.sort) items.push({ label: "Back to the first order", run: () => grid.sort(null) });
  items.push({
    label: view.filters.has(key) ? "Change the filter…" : "Filter…",
    run: () => openFilter(grid, at),
  });
  if (view.filters.has(key)) items.push({ label: "Clear this filter", run: () => grid.filter(key, null) });
  if (column) {
    items.push({ label: "Select this column", run: () => grid.selectColumn(at) });
    if (column.fill && store.mayEdit(column.key) && grid.table.order.length > 0) {
      const rows = count(grid.table.order.length, "visible row");
      items.push({ label: `Fill ${rows}…`, run: () => openFill(grid, at) });
    }
  }
  return items;
}
