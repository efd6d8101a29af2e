import { el as make } from "../shared/dom";
import { picks } from "./picks";

export type Value = string | string[] | boolean;

export interface Field {
  key: string;
  label: string;
  kind: "select" | "text" | "search" | "date" | "textarea" | "checks" | "picks" | "check" | "file";
  value: Value;
  hint: string;
  /** For select, checks and picks: [value, label] pairs; for checks a third part "fixed" keeps it ticked. */
  options: [string, string, string?][];
  /** Heading of the folded part the field stands in, if any. */
  fold: string;
  /** Tell Python at once when it changes, because other fields depend on it. */
  tells: boolean;
  /** Keys of selects that go back to their first choice when it changes. */
  clears: string[];
  accept: string;
  maxLength: number;
  /** Stands beside the text area before it where a grid has room. */
  beside?: boolean;
}

export interface Control {
  element: HTMLElement;
  value(): Value;
  file(): File | null;
  complain(text: string): void;
  /** Go back to the first choice; for selects. */
  clear(): void;
  focus(): void;
  /**
   * Take another description without being made anew, and say whether that was done: a select can
   * whose choices are the same and which holds the value already.
   */
  redescribe(field: Field): boolean;
}

type Input = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function singleInput(field: Field, id: string): Input {
  if (field.kind === "select") {
    const select = make("select", { id, class: "ptw-input" });
    for (const [value, label] of field.options) select.append(make("option", { value }, label));
    select.value = String(field.value);
    if (select.selectedIndex < 0) select.selectedIndex = 0;
    return select;
  }
  if (field.kind === "textarea") {
    const area = make("textarea", { id, class: "ptw-input", rows: 4, maxlength: field.maxLength });
    area.value = String(field.value);
    return area;
  }
  const input = make("input", {
    id,
    class: "ptw-input",
    type: field.kind,
    accept: field.kind === "file" ? field.accept : null,
    maxlength: field.kind === "text" || field.kind === "search" ? field.maxLength : null,
    autocomplete: "off",
  });
  if (field.kind !== "file") input.value = String(field.value);
  return input;
}

function group(field: Field, id: string, changed: () => void): Control {
  const problem = make("p", { class: "ptw-problem", id: `${id}-problem` });
  const set = make("fieldset", { class: "ptw-field ptw-checks", "aria-describedby": problem.id });
  set.append(make("legend", {}, field.label));
  if (field.hint) set.append(make("p", { class: "ptw-hint" }, field.hint));
  const chosen = new Set(field.value as string[]);
  const boxes = field.options.map(([value, label, fixed], at) => {
    const box = make("input", { type: "checkbox", id: `${id}-${at}`, value, "data-field": `${field.key}-${value}` });
    box.checked = chosen.has(value) || fixed === "fixed";
    box.disabled = fixed === "fixed";
    if (field.tells) box.addEventListener("change", changed);
    set.append(make("div", { class: "ptw-check" }, box, make("label", { for: box.id }, label)));
    return box;
  });
  set.append(problem);
  return {
    element: set,
    value: () => boxes.filter((box) => box.checked).map((box) => box.value),
    file: () => null,
    complain: (text) => void (problem.textContent = text),
    clear: () => {},
    focus: () => boxes.find((box) => !box.disabled)?.focus(),
    redescribe: () => false,
  };
}

/** All of a description but what can change around a control that stays. */
const rest = (field: Field): string => JSON.stringify({ ...field, label: "", hint: "", value: "" });

/** Make the control of one field, with its label, hint and place for a complaint. */
export function control(field: Field, id: string, changed: () => void): Control {
  if (field.kind === "checks") return group(field, id, changed);
  if (field.kind === "picks") return picks(field, id, changed);
  const problem = make("p", { class: "ptw-problem", id: `${id}-problem` });
  const hint = make("p", { class: "ptw-hint", id: `${id}-hint` });
  const label = make("label", { for: id });
  let input: Input;
  let element: HTMLElement;
  if (field.kind === "check") {
    const box = make("input", { type: "checkbox", id });
    box.checked = field.value === true;
    input = box;
    element = make("div", { class: "ptw-field ptw-check" }, box, label, problem);
  } else {
    input = singleInput(field, id);
    element = make("div", { class: field.beside ? "ptw-field ptw-beside" : "ptw-field" }, label, input, problem);
  }
  function describe(told: Field): void {
    label.textContent = told.label;
    hint.textContent = told.hint;
    if (told.hint) label.after(hint);
    else hint.remove();
    input.setAttribute("aria-describedby", told.hint ? `${hint.id} ${problem.id}` : problem.id);
  }
  describe(field);
  input.dataset["field"] = field.key;
  if (field.tells) input.addEventListener("change", changed);
  return {
    element,
    value: () => (field.kind === "check" ? (input as HTMLInputElement).checked : field.kind === "file" ? "" : input.value),
    file: () => (field.kind === "file" ? ((input as HTMLInputElement).files?.[0] ?? null) : null),
    complain: (text) => {
      problem.textContent = text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
    clear: () => {
      if (input instanceof HTMLSelectElement) input.selectedIndex = 0;
    },
    focus: () => input.focus(),
    redescribe: (told) => {
      const stays = input instanceof HTMLSelectElement && input.value === told.value && rest(told) === rest(field);
      if (stays) describe(told);
      return stays;
    },
  };
}
