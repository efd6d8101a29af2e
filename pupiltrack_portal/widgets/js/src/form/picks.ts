import { el as make } from "../shared/dom";
import type { Control, Field } from "./fields";

/** Several of many: a line that says which are chosen, and a list to choose from that folds. */
export function picks(field: Field, id: string, changed: () => void): Control {
  const problem = make("p", { class: "ptw-problem", id: `${id}-problem` });
  const told = make("span", { class: "ptw-picks-chosen", id: `${id}-chosen` });
  const panel = make("div", { class: "ptw-picks-panel", id: `${id}-panel` });
  const button = make(
    "button",
    {
      type: "button",
      class: "ptw-fold",
      "aria-expanded": "false",
      "aria-controls": panel.id,
      "aria-describedby": `${told.id} ${problem.id}`,
      "data-field": field.key,
    },
    field.hint || "Choose",
  );
  const chosen = new Set(field.value as string[]);
  const boxes = field.options.map(([value, label], at) => {
    const box = make("input", { type: "checkbox", id: `${id}-${at}`, value });
    box.checked = chosen.has(value);
    box.addEventListener("change", () => {
      tell();
      if (field.tells) changed();
    });
    panel.append(make("div", { class: "ptw-check" }, box, make("label", { for: box.id }, label)));
    return box;
  });
  const set = make(
    "fieldset",
    { class: "ptw-field ptw-picks" },
    make("legend", {}, field.label),
    make("div", { class: "ptw-picks-line" }, button, told),
    panel,
    problem,
  );

  function tell(): void {
    const labels = field.options.filter((_option, at) => boxes[at]?.checked).map(([, label]) => label);
    told.textContent = labels.length ? labels.join("; ") : "None chosen";
  }
  function open(isOpen: boolean): void {
    button.setAttribute("aria-expanded", String(isOpen));
    panel.hidden = !isOpen;
  }
  button.addEventListener("click", () => open(panel.hidden !== false));
  set.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    open(false);
    button.focus();
  });
  open(false);
  tell();
  return {
    element: set,
    value: () => boxes.filter((box) => box.checked).map((box) => box.value),
    file: () => null,
    complain: (text) => void (problem.textContent = text),
    clear: () => {},
    focus: () => button.focus(),
    redescribe: () => false,
  };
}
