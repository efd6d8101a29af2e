import { el } from "../shared/dom";
import { filterBy } from "./arranging";
import type { GridView } from "./grid";
import { type Filter, planFill, ROW_HEADING } from "./ordering";
import { button, openPanel, option } from "./panel";
import type { Place } from "./selection";
import { labelOf, readEntry, unusual } from "./values";
import { columnName, count, quotedWithColour } from "./words";
import type { Column, Value } from "./wire";

/** Ask what to fill a column with, over which rows, and say how many cells that is. */
export function openFill(grid: GridView, at: number): void {
  const column = grid.table.columns[at]!;
  const { store } = grid.session;
  const rows = grid.table.order.filter((row) => store.takes(row, column.key));
  const passedOver = grid.table.order.length - rows.length;
  const valueOf = (row: string) => store.shownValue(row, column.key);
  const blanks = rows.filter((row) => valueOf(row) === null).length;
  const control = valueControl(column, `${grid.uid}fill`);
  const [blanksLabel, blanksOnly] = option(
    "radio", `${grid.uid}which`, `Blanks only (${count(blanks, "visible row")})`, blanks > 0,
  );
  const [allLabel, allRows] = option(
    "radio", `${grid.uid}which`, `All visible rows (${rows.length.toLocaleString("en-GB")})`, blanks === 0,
  );
  const outcome = el("p", { class: "ptg-panel-note", "aria-live": "polite" });
  const run = button("Fill", () => fill(), true);
  const plan = () => {
    const entry = readEntry(column, control.value);
    return { entry, ...planFill(rows, valueOf, entry.value, blanksOnly.checked) };
  };
  const show = () => {
    const { entry, rows: changed, replaced } = plan();
    const clears = entry.value === null;
    run.textContent = `${clears ? "Clear" : "Fill"} ${count(changed.length, "cell")}`;
    run.setAttribute("aria-disabled", String(entry.reason !== undefined || changed.length === 0));
    const note = [
      describe(changed.length, replaced, clears),
      passedOver > 0 && `${count(passedOver, "cell")} for reading only will be passed over.`,
      unusual(column, entry.value),
    ];
    outcome.textContent = entry.reason ?? note.filter(Boolean).join(" ");
  };
  const fill = () => {
    const { entry, rows: changed } = plan();
    if (entry.reason !== undefined || changed.length === 0) {
      grid.session.say(entry.reason ?? "No cell would change.");
      return;
    }
    popup.close(true);
    const done = `${entry.value === null ? "Cleared" : "Filled"} ${count(changed.length, "cell")} of ${columnName(column)}`;
    const touched = grid.session.enter(
      changed.map((row) => ({ row, column: column.key, value: entry.value })), done,
    );
    const left = changed.length - touched.length;
    grid.session.say(left > 0 ? `${done}; ${count(left, "cell")} left as they were.` : `${done}.`);
  };
  const { popup, focusFirst } = openPanel(
    grid,
    { section: "head", row: 0, column: at },
    `Fill ${columnName(column)}`,
    [
      el("label", { class: "ptg-field", for: `${grid.uid}fill` }, "Value"),
      control,
      el("fieldset", { class: "ptg-fieldset" }, el("legend", {}, "Rows"), blanksLabel, allLabel),
      outcome,
      el("div", { class: "ptg-buttons" }, run, button("Cancel", () => popup.close(true))),
    ],
  );
  for (const input of [control, blanksOnly, allRows]) input.addEventListener("input", show);
  control.addEventListener("keydown", (event) => {
    if ((event as KeyboardEvent).key === "Enter") fill();
  });
  show();
  focusFirst();
}

function describe(changed: number, replaced: number, clears: boolean): string {
  if (changed === 0) return "No cell would change.";
  const what = clears ? `${count(changed, "cell")} will be cleared` : `${count(changed, "cell")} will be filled`;
  const lost = !clears && replaced > 0 ? `, replacing ${count(replaced, "value")}` : "";
  return `${what}${lost}. You can undo this.`;
}

function valueControl(column: Column, id: string): HTMLSelectElement | HTMLInputElement {
  if (column.kind !== "choice") {
    const mode = column.kind === "number" ? "decimal" : "text";
    return el("input", { id, class: "ptg-control", type: "text", inputmode: mode, autocomplete: "off" });
  }
  const select = el("select", { id, class: "ptg-control" });
  for (const [value, label] of column.choices ?? []) select.append(el("option", { value }, label));
  select.append(el("option", { value: "" }, "(blank)"));
  return select;
}

/** Ask which rows to show by the values of a column, or by the rows' headings for -1. */
export function openFilter(grid: GridView, at: number): void {
  const column = at < 0 ? null : grid.table.columns[at]!;
  const key = column?.key ?? ROW_HEADING;
  const name = column ? columnName(column) : grid.session.store.rowHeading || "Row";
  const { content, read } =
    column?.kind === "choice" ? choiceFilter(grid, column) : wordFilter(grid, key, column !== null);
  const apply = () => {
    popup.close(true);
    filterBy(grid, key, read());
  };
  const { popup, focusFirst } = openPanel(grid, { section: "head", row: 0, column: at }, `Filter by ${name}`, [
    ...content,
    el(
      "div",
      { class: "ptg-buttons" },
      button("Apply", apply, true),
      button("Clear", () => {
        popup.close(true);
        filterBy(grid, key, null);
      }),
      button("Cancel", () => popup.close(true)),
    ),
  ]);
  popup.box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target instanceof HTMLInputElement) apply();
  });
  focusFirst();
}

interface FilterForm {
  content: Node[];
  read: () => Filter | null;
}

function choiceFilter(grid: GridView, column: Column): FilterForm {
  const { store, view } = grid.session;
  const now = view.filters.get(column.key);
  const tally = new Map<Value, number>();
  for (const [row] of store.rows) {
    const value = store.shownValue(row, column.key);
    tally.set(value, (tally.get(value) ?? 0) + 1);
  }
  const values: Value[] = [...(column.choices ?? []).map(([value]) => value), null];
  const boxes = values.map((value) => {
    const label = `${value === null ? "Blank" : labelOf(column, value)} (${tally.get(value) ?? 0})`;
    const checked = now?.kind !== "values" || now.values.has(value);
    return { value, parts: option("checkbox", "", label, checked) };
  });
  return {
    content: [
      el("fieldset", { class: "ptg-fieldset" }, el("legend", {}, "Show rows with"), ...boxes.map((box) => box.parts[0])),
    ],
    read: () => {
      const chosen = boxes.filter(({ parts }) => parts[1].checked).map(({ value }) => value);
      return chosen.length === values.length ? null : { kind: "values", values: new Set(chosen) };
    },
  };
}

function wordFilter(grid: GridView, key: string, mayBeBlank: boolean): FilterForm {
  const now = grid.session.view.filters.get(key);
  const id = `${grid.uid}contains`;
  const text = el("input", { id, class: "ptg-control", type: "text", autocomplete: "off" });
  text.value = now?.kind === "contains" ? now.text : "";
  const blanks = mayBeBlank
    ? ([null, true, false] as const).map((blank) => {
        const label = blank === null ? "Blank or not" : blank ? "Only blank" : "Only not blank";
        const checked = now?.kind === "blank" ? now.blank === blank : blank === null;
        return { blank, parts: option("radio", `${grid.uid}blank`, label, checked) };
      })
    : [];
  return {
    content: [
      el("label", { class: "ptg-field", for: id }, "Show rows that contain"),
      text,
      ...(mayBeBlank
        ? [el("fieldset", { class: "ptg-fieldset" }, el("legend", {}, "Or by"), ...blanks.map((b) => b.parts[0]))]
        : []),
    ],
    read: () => {
      if (text.value.trim()) return { kind: "contains", text: text.value };
      const blank = blanks.find(({ parts }) => parts[1].checked)?.blank ?? null;
      return blank === null ? null : { kind: "blank", blank };
    },
  };
}

/** Show both values of a clash and let the person choose. */
export function openConflict(grid: GridView, place: Place, row: string, column: Column): void {
  const cell = grid.session.store.cell(row, column.key);
  if (!cell || cell.state !== "conflict") return;
  const coloured = cell.typedColour !== undefined;
  const settle = (keep: "mine" | "theirs") => {
    popup.close(true);
    grid.session.resolve(row, column.key, keep);
    grid.focusPlace(place);
  };
  const { popup, focusFirst } = openPanel(grid, place, "Changed by someone else", [
    el(
      "p",
      { class: "ptg-panel-note" },
      `${grid.session.store.row(row)?.[1] ?? ""}, ${columnName(column)} was changed while you entered yours. Neither value is lost.`,
    ),
    el(
      "dl",
      { class: "ptg-values" },
      el("dt", {}, "Yours"),
      el("dd", {}, quotedWithColour(column, cell.typed, cell.typedColour)),
      el("dt", {}, "Theirs, saved now"),
      el("dd", {}, quotedWithColour(column, cell.theirs, coloured ? cell.colour : undefined)),
    ),
    el(
      "div",
      { class: "ptg-buttons" },
      button("Keep mine", () => settle("mine"), true),
      button("Take theirs", () => settle("theirs")),
      button("Decide later", () => popup.close(true)),
    ),
  ]);
  focusFirst();
}
