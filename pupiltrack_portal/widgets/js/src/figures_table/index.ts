import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { parseDrawing } from "../shared/drawing";
import { follow, freshId } from "../shared/follow";
import { learnFromTable } from "../shared/names";
import { inOrder, longestTexts, nextOrder, wholeRows, type Cell, type Order, type Row, type ToldRow } from "./sorting";
import "./style.css";

interface Column {
  key: string;
  label: string;
  numeric: boolean;
  description: string;
  /** Holds drawings, and is there only where the window has room for it beside the others. */
  drawn?: boolean;
}

interface Spec {
  caption: string;
  rowHeading: string;
  columns: Column[];
  rows: ToldRow[];
  sortable: boolean;
  empty: string;
  /** Say that it has come, and scroll its beginning into sight. */
  reveal: boolean;
}

/** Rows drawn at once, more than a window holds; and those drawn at each pause after it. */
const AT_ONCE = 30;
const THEN = 60;

/** Call when nothing more urgent is to be done; not every browser can tell. */
const whenIdle = (call: () => void): void => {
  if ("requestIdleCallback" in window) requestIdleCallback(call, { timeout: LONGEST_WAIT });
  else setTimeout(call, WAIT);
};
const WAIT = 60; // ms
const LONGEST_WAIT = 400; // ms

/** How far down the window a revealed table may begin, so that its first rows are in sight. */
const HIGHEST_PART = 0.55;

const TURN = { ascending: "▲", descending: "▼", none: "↕" };

/**
 * A read-only table: real headings, optional sorting, and cells that can be pressed to ask what is
 * behind a number. Python is told the keys of row and column, nothing else.
 */
function render({ model, el }: RenderContext): () => void {
  let order: Order = null;
  let finish: (() => void) | null = null; // draws what a long table still lacks
  const captionId = freshId("ptw-caption");
  const region = make("div", {
    class: "ptw-table-region",
    role: "region",
    tabindex: 0,
    "aria-labelledby": captionId,
  });
  const said = make("div", { role: "status", class: "ptw-said" });
  el.append(region, said);
  const spec = (): Spec => model.get("spec") as Spec;

  function heading(column: Column, at: number, sortable: boolean): HTMLElement {
    const sorted = order?.column === at ? order.direction : "none";
    const cell = make("th", { scope: "col", "aria-sort": sortable ? sorted : undefined });
    if (column.numeric) cell.classList.add("ptw-number");
    if (column.drawn) cell.classList.add("ptw-drawn");
    if (column.description) cell.title = column.description;
    if (!sortable) {
      cell.textContent = column.label;
      return cell;
    }
    const button = make("button", { type: "button", class: "ptw-sort" }, column.label);
    button.append(make("span", { "aria-hidden": "true" }, `\u00a0${TURN[sorted]}`));
    button.addEventListener("click", () => {
      order = nextOrder(order, at);
      draw();
      region.querySelectorAll<HTMLElement>("thead .ptw-sort")[at + 1]?.focus();
    });
    cell.append(button);
    return cell;
  }

  function content(cell: Cell, row: Row, column: string): Node {
    const drawing = cell.drawing ? parseDrawing(cell.drawing) : null;
    if (drawing) return drawing;
    if (!cell.press) return document.createTextNode(cell.text);
    const button = make("button", {
      type: "button",
      class: "ptw-press",
      "data-at": `${row.key}/${column}`,
      "aria-pressed": String((model.get("pressed") as string) === `${row.key}/${column}`),
      "aria-label": cell.press === cell.text ? undefined : cell.press,
    });
    button.textContent = cell.text;
    button.addEventListener("click", () => model.send({ kind: "press", row: row.key, column }));
    return button;
  }

  function bodyRow(row: Row, columns: Column[]): HTMLElement {
    const head = make("th", { scope: "row" });
    head.append(content(row.head, row, ""));
    const line = make("tr", {}, head);
    columns.forEach((column, at) => {
      const cell = row.cells[at] ?? { text: "" };
      const place = make("td", {});
      if (column.numeric) place.classList.add("ptw-number");
      if (column.drawn) place.classList.add("ptw-drawn");
      if (cell.tone) place.classList.add(`ptw-tone-${cell.tone}`);
      if (cell.share !== undefined && cell.share !== null) {
        place.classList.add("ptw-shared");
        place.style.setProperty("--share", String(cell.share));
      }
      place.append(content(cell, row, column.key));
      if (cell.note) place.append(make("span", { class: "ptw-cell-note" }, cell.note));
      line.append(place);
    });
    return line;
  }

  function draw(): void {
    const { caption, rowHeading, columns, rows, sortable, empty } = spec();
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.["at"];
    const table = make("table", { class: "ptw-table" });
    table.append(make("caption", { id: captionId }, make("span", {}, caption)));
    const first = heading({ key: "", label: rowHeading, numeric: false, description: "" }, -1, sortable);
    const titles = make("tr", {}, first);
    columns.forEach((column, at) => titles.append(heading(column, at, sortable)));
    table.append(make("thead", {}, titles));
    const body = make("tbody", {});
    const all = wholeRows(rows);
    learnFromTable({ rowHeading, columns, rows: all });
    const ordered = inOrder(all, order);
    body.append(...ordered.slice(0, AT_ONCE).map((row) => bodyRow(row, columns)));
    if (!rows.length) {
      body.append(make("tr", {}, make("td", { colspan: columns.length + 1, class: "ptw-empty" }, empty)));
    }
    table.append(body);
    region.replaceChildren(table);
    const refocus = () => {
      if (!focused || region.contains(document.activeElement)) return;
      region.querySelector<HTMLElement>(`[data-at="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    };
    refocus();
    drawRest(body, ordered, columns, refocus);
  }

  /** Draw the rows that no window shows yet, some at each pause; the columns keep their width. */
  function drawRest(body: HTMLElement, rows: Row[], columns: Column[], refocus: () => void): void {
    finish = null;
    if (rows.length <= AT_ONCE) return;
    const sizes = longestTexts(rows, columns.length).map((text, at) => make(at ? "td" : "th", {}, text));
    const sizer = make("tr", { class: "ptw-sizer", "aria-hidden": "true" }, ...sizes);
    sizer.style.visibility = "collapse"; // takes part in the columns' widths, and no room
    body.append(sizer);
    let drawn = AT_ONCE;
    const draw = (number: number) => {
      sizer.before(...rows.slice(drawn, drawn + number).map((row) => bodyRow(row, columns)));
      drawn += number;
      if (drawn < rows.length) return;
      sizer.remove();
      finish = null;
      refocus();
    };
    const mine = () => draw(rows.length);
    finish = mine;
    const later = () =>
      whenIdle(() => {
        if (finish !== mine) return;
        draw(THEN);
        if (finish === mine) later();
      });
    later();
  }

  /** What was asked for may come below the window's edge, where nobody would notice it. */
  function reveal(): void {
    const { caption, reveal: wanted } = spec();
    if (!wanted) return;
    said.textContent = caption;
    requestAnimationFrame(() => {
      const below = region.getBoundingClientRect().top - innerHeight * HIGHEST_PART;
      if (below > 0) scrollBy({ top: below });
    });
  }

  function mark(): void {
    const pressed = model.get("pressed") as string;
    for (const button of region.querySelectorAll<HTMLElement>(".ptw-press")) {
      button.setAttribute("aria-pressed", String(button.dataset["at"] === pressed));
    }
  }

  /** The row that opened what this table comes back in place of. */
  function takeFocus(): void {
    const { at } = model.get("focus_wanted") as { at?: string };
    if (!at) return;
    finish?.(); // it may be one of those not drawn yet
    // Not before the table stands in the document.
    requestAnimationFrame(() => region.querySelector<HTMLElement>(`[data-at="${CSS.escape(at)}"]`)?.focus());
  }

  const drawAll = () => finish?.();
  addEventListener("beforeprint", drawAll);
  const ends = [
    () => removeEventListener("beforeprint", drawAll),
    follow(model, ["spec"], () => {
      draw();
      reveal();
    }),
    follow(model, ["pressed"], mark),
    follow(model, ["focus_wanted"], takeFocus),
  ];
  return () => ends.forEach((end) => end());
}

export default { render };
