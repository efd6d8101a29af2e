import { el } from "../shared/dom";
import type { GridView } from "./grid";
import { Popup } from "./popup";

export interface Item {
  label: string;
  run: () => void;
  /** The menu stays open for more of the same. */
  stays?: boolean;
  /** One of several that exclude each other, and whether it is the present one. */
  checked?: boolean;
  /** Drawn before the label. */
  sign?: Node;
  /** Shown after the label: the keys that do the same. */
  keys?: string;
}

/** A menu beside an element; `back` takes the focus when it closes. */
export function openMenu(
  grid: GridView,
  beside: Element,
  name: string,
  items: readonly Item[],
  back: () => void,
  onClosed: () => void = () => {},
): void {
  const buttons = items.map(({ label, run, stays, checked, sign, keys }) => {
    const button = el(
      "button",
      {
        type: "button",
        role: checked === undefined ? "menuitem" : "menuitemradio",
        "aria-checked": checked === undefined ? null : String(checked),
        class: "ptg-item",
        tabindex: -1,
      },
      sign,
      el("span", { class: "ptg-item-label" }, label),
      keys && el("span", { class: "ptg-item-keys", "aria-hidden": "true" }, keys),
    );
    button.addEventListener("click", () => {
      if (!stays) popup.close(true);
      run();
    });
    return button;
  });
  if (buttons.length === 0) return;
  const popup = new Popup(
    grid.root,
    beside,
    { role: "menu", "aria-label": name, class: "ptg-menu" },
    buttons,
    (returnFocus) => {
      onClosed();
      if (returnFocus) back();
    },
  );
  popup.box.addEventListener("keydown", (event) => onMenuKey(event, buttons, popup));
  popup.box.addEventListener("contextmenu", (event) => event.preventDefault());
  (buttons.find((button) => button.getAttribute("aria-checked") === "true") ?? buttons[0])?.focus();
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
    const begins = (button: HTMLButtonElement) =>
      button.querySelector(".ptg-item-label")?.textContent?.toLocaleLowerCase().startsWith(letter);
    order.find(begins)?.focus();
  }
}
