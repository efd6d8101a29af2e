import { el } from "../shared/dom";
import type { GridView } from "./grid";
import { button, openPanelBeside } from "./panel";
import type { Column, WirePast } from "./wire";
import { colourName, columnName, quoted } from "./words";

/** Show what was entered in the focused cell, newest first, and offer to put an older value back. */
export function openHistory(grid: GridView, beside: Element, back: () => void): void {
  const here = grid.activeCell();
  if (!here || here.column.kind === "readonly") {
    grid.answer("Choose a cell that can be entered to see what was entered there.", beside);
    return;
  }
  const { row, column } = here;
  const content = el("div", { class: "ptg-past" });
  const close = button("Close", () => popup.close(true));
  const name = `${grid.session.store.row(row)?.[1] ?? ""}, ${columnName(column)}`;
  const { popup, focusFirst } = openPanelBeside(
    grid, beside, back, `History of ${name}`,
    [content, el("div", { class: "ptg-buttons" }, close)],
    "ptg-wide",
  );
  // Said by itself: the dialog is there before its content is.
  const note = (text: string) => {
    content.replaceChildren(el("p", { class: "ptg-panel-note" }, text));
    popup.settle();
    grid.say(text);
  };
  const putBack = ([value, , colour]: WirePast) => {
    popup.close(true);
    const change = column.colourable ? { row, column: column.key, value, colour } : { row, column: column.key, value };
    const touched = grid.session.enter([change], `${name} put back`);
    grid.say(touched.length > 0 ? `Put back ${quoted(column, value)}.` : "The cell holds this already.");
  };
  const load = () => {
    note("Loading what was entered here…");
    grid.session.past.ask(row, column.key).then(
      (entries) => {
        if (popup.isClosed) return;
        if (entries.length === 0) {
          note("Nothing was entered here yet.");
          return;
        }
        const may = grid.session.store.takes(row, column.key);
        content.replaceChildren(pastTable(column, entries, may ? putBack : null));
        popup.settle();
        grid.say(`${entries.length} ${entries.length === 1 ? "entry" : "entries"}, newest first.`);
      },
      (reason: unknown) => {
        if (popup.isClosed) return;
        note(reason instanceof Error ? reason.message : String(reason));
        content.append(
          button("Try again", () => {
            close.focus();
            load();
          }),
        );
        popup.settle();
      },
    );
  };
  load();
  focusFirst();
}

function pastTable(column: Column, entries: readonly WirePast[], putBack: ((past: WirePast) => void) | null): HTMLElement {
  const coloured = column.colourable === true;
  const heads = ["Entered", ...(coloured ? ["Colour"] : []), "By", "When"];
  const lines = entries.map((past, at) => {
    const [value, text, colour, who, when] = past;
    const words = value === null ? "(blank)" : text || value;
    const swatch = el("span", { class: `ptg-swatch ptg-swatch-${colour ?? "automatic"}`, "aria-hidden": "true" });
    const name = colourName(colour);
    const again = el("button", { type: "button", class: "ptg-button" }, "Put this back");
    // The same words on every line: the rest of the line tells them apart.
    again.setAttribute("aria-label", `Put this back: ${words}, ${when}`);
    again.addEventListener("click", () => putBack?.(past));
    return el(
      "tr",
      {},
      el("td", { class: "ptg-past-text" }, words),
      coloured && el("td", {}, el("span", { class: "ptg-past-colour" }, swatch, name[0]!.toUpperCase() + name.slice(1))),
      el("td", {}, who),
      el("td", {}, when),
      el("td", { class: "ptg-past-do" }, at === 0 ? "Saved now" : putBack ? again : ""),
    );
  });
  return el(
    "div",
    { class: "ptg-panel-scroll", tabindex: 0, role: "group", "aria-label": "What was entered, newest first" },
    el(
      "table",
      { class: "ptg-list" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ...heads.map((head) => el("th", { scope: "col" }, head)),
          el("th", { scope: "col" }, el("span", { class: "ptg-vh" }, "Put back")),
        ),
      ),
      el("tbody", {}, ...lines),
    ),
  );
}
