import type { Model } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { follow } from "../shared/follow";

interface Chips {
  label?: string;
  /** What pressing one does, before its text for those who do not see the cross. */
  action?: string;
  items?: { key: string; text: string }[];
}

interface Steps {
  label?: string;
  items?: { key: string; label: string; open: boolean }[];
}

export interface Chosen {
  element: HTMLElement;
  end(): void;
}

/**
 * The line under a form's fields: what is applied, each as a button that takes it off, what there is
 * to say of it, and the steps to what comes before and after. `focusForm` is where the keyboard goes
 * when the last chip has gone.
 */
export function chosenLine(model: Model, focusForm: () => void): Chosen {
  const chips = make("ul", { class: "ptw-chips" });
  const said = make("p", { class: "ptw-form-said", role: "status" });
  const steps = make("div", { class: "ptw-steps", role: "group" });
  const element = make("div", { class: "ptw-chosen" }, chips, said, steps);
  /** Where the chip stood that was pressed, until it is gone. */
  let pressed: number | null = null;

  function drawChips(): void {
    const { label = "", action = "", items = [] } = model.get("chips") as Chips;
    const buttons = items.map(({ key, text }, at) => {
      const button = make(
        "button",
        { type: "button", class: "ptw-chip" },
        make("span", { class: "ptw-unseen" }, `${action}: `),
        text,
        make("span", { class: "ptw-chip-cross", "aria-hidden": "true" }, "×"),
      );
      button.addEventListener("click", () => {
        pressed = at;
        model.send({ kind: "chip", key });
      });
      return button;
    });
    const hadFocus = chips.contains(document.activeElement);
    chips.setAttribute("aria-label", label);
    chips.hidden = !buttons.length;
    chips.replaceChildren(...buttons.map((button) => make("li", {}, button)));
    if (pressed !== null && hadFocus) {
      // The one that has moved up to its place is the next.
      const next = buttons[pressed];
      if (next) next.focus();
      else focusForm();
    }
    pressed = null;
  }

  function drawSteps(): void {
    const { label = "", items = [] } = model.get("steps") as Steps;
    const at = [...steps.children].indexOf(document.activeElement as Element);
    const buttons = items.map((item) => {
      const button = make(
        "button",
        { type: "button", class: "ptw-step", "aria-disabled": item.open ? null : "true" },
        item.label,
      );
      if (item.open) button.addEventListener("click", () => model.send({ kind: "step", key: item.key }));
      return button;
    });
    steps.setAttribute("aria-label", label);
    steps.hidden = !buttons.length;
    steps.replaceChildren(...buttons);
    buttons[at]?.focus();
  }

  const ends = [
    follow(model, ["chips"], drawChips),
    follow(model, ["steps"], drawSteps),
    follow(model, ["said"], () => void (said.textContent = model.get("said") as string)),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}
