import { el } from "../shared/dom";
import type { GridView } from "./grid";
import { Popup } from "./popup";
import type { Place } from "./selection";

const STOPS = "input, select, button:not([hidden]), [tabindex='0']";

export interface Panel {
  popup: Popup;
  focusFirst: () => void;
}

/** A small dialog beside a place of the table; the focus returns there. */
export function openPanel(grid: GridView, place: Place, title: string, content: Node[], kind = ""): Panel {
  const beside = grid.table.at(place.section, place.row, place.column) ?? grid.root;
  return openPanelBeside(grid, beside, () => grid.focusPlace(place), title, content, kind);
}

/** A small dialog beside an element; `back` takes the focus when it is closed by key or button. */
export function openPanelBeside(
  grid: GridView,
  beside: Element,
  back: () => void,
  title: string,
  content: Node[],
  kind = "",
): Panel {
  const id = `${grid.uid}panel`;
  const popup = new Popup(
    grid.root,
    beside,
    { role: "dialog", "aria-labelledby": id, class: `ptg-panel ${kind}`.trim() },
    [el("p", { id, class: "ptg-panel-title" }, title), ...content],
    (returnFocus) => {
      if (returnFocus) back();
    },
  );
  const focusFirst = () => {
    popup.box.querySelector<HTMLElement>("input, select, button:not([hidden])")?.focus();
  };
  popup.box.addEventListener("keydown", (event) => {
    if (event.key === "Tab") keepInside(event, popup.box);
  });
  return { popup, focusFirst };
}

/** Tab goes round inside an open panel; Escape and its buttons lead out. */
function keepInside(event: KeyboardEvent, box: HTMLElement): void {
  const all = [...box.querySelectorAll<HTMLElement>(STOPS)];
  // A group of radio buttons is one stop, so the edges are tested by place, not by equality.
  const [first, last] = [all[0], all.at(-1)];
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last?.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first?.focus();
  }
}

export function button(label: string, run: () => void, primary = false): HTMLButtonElement {
  const made = el("button", { type: "button", class: primary ? "ptg-button ptg-primary" : "ptg-button" }, label);
  made.addEventListener("click", run);
  return made;
}

export function option(
  kind: "radio" | "checkbox",
  name: string,
  label: string,
  checked: boolean,
): [HTMLLabelElement, HTMLInputElement] {
  const input = el("input", { type: kind, name });
  input.checked = checked;
  return [el("label", { class: "ptg-option" }, input, " ", el("span", {}, label)), input];
}
