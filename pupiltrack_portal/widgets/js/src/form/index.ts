import { showInAddress } from "../shared/address";
import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { follow, freshId } from "../shared/follow";
import { chosenLine } from "./chosen";
import { control, type Field, type Value } from "./fields";
import { Folds, foldWhole } from "./folds";
import { guardLeaving, isTyped } from "./leaving";
import { Saving, type Told } from "./saving";
import "./style.css";

interface Spec {
  name: string;
  legend: string;
  layout: "row" | "column" | "grid";
  fields: Field[];
  buttons: { key: string; label: string }[];
  /** Milliseconds after the last key until what was typed is sent; 0 for a form that is sent by a button. */
  saves: number;
  /** Heading behind which the whole form is folded, if any, and whether it begins open. */
  fold: string;
  open: boolean;
  /** No button stands out: the page has another one that does. */
  plain: boolean;
}

interface Sender {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

/** How often each form has been given the focus it asked for. */
const focusGiven = new WeakMap<object, number>();

/** Put the children of `row` before and after one that stays, in the place of those around it. */
function putAround(stays: HTMLElement, row: HTMLElement, at: number): void {
  for (const other of [...(stays.parentElement?.children ?? [])]) if (other !== stays) other.remove();
  const around = [...row.children];
  stays.before(...around.slice(0, at));
  stays.after(...around.slice(at));
}

/**
 * A form drawn from a description. Everything is sent in one message when a button is pressed;
 * Python validates it all again and answers with a message for each field that is wrong.
 */
function render({ model, el }: RenderContext): () => void {
  const form = make("form", { class: "ptw-form", novalidate: "" });
  const summary = make("div", { class: "ptw-form-summary", role: "alert", tabindex: -1 });
  const body = make("div", {});
  const focusOn = (field: string): void =>
    body.querySelector<HTMLElement>(`[data-field="${CSS.escape(field)}"]`)?.focus();
  const chosen = chosenLine(model, () => {
    const first = (model.get("spec") as Spec).buttons[0];
    if (first) focusOn(`button-${first.key}`);
  });
  const folds = new Folds();
  form.append(summary, body);
  el.append(form);
  let controls = new Map<string, ReturnType<typeof control>>();
  const saving = new Saving(
    () => values(),
    (typed) => model.send({ kind: "typed", ...typed }),
  );

  const values = (): Record<string, Value> =>
    Object.fromEntries([...controls].map(([key, made]) => [key, made.value()]));

  function change(field: Field): void {
    // At once, and not only when Python answers: a button may be pressed before that.
    for (const key of field.clears) controls.get(key)?.clear();
    model.send({ kind: "change", field: field.key, values: values() });
  }

  async function send(button: string): Promise<void> {
    folds.closeAll();
    const buffers: ArrayBuffer[] = [];
    const files: Record<string, { name: string; size: number; buffer: number }> = {};
    for (const [key, made] of controls) {
      const file = made.file();
      if (!file) continue;
      files[key] = { name: file.name, size: file.size, buffer: buffers.length };
      buffers.push(await file.arrayBuffer());
    }
    const told = (model.get("spec") as Spec).saves ? saving.taken() : { values: values() };
    const content = { kind: "button", button, ...told, files };
    (model as unknown as Sender).send(content, undefined, buffers);
  }

  function draw(): void {
    const spec = model.get("spec") as Spec;
    const active = document.activeElement as HTMLInputElement | null;
    const focused = form.contains(active) ? active?.dataset?.["field"] : undefined;
    const caret = spec.saves && focused ? [active?.selectionStart, active?.selectionEnd] : [];
    const drawn = spec.fields.map((field) =>
      spec.saves ? { ...field, value: saving.valueOf(spec, field.key, field.value) } : field,
    );
    const before = controls;
    controls = new Map();
    form.setAttribute("aria-label", spec.legend);
    const fields = make("div", { class: `ptw-fields ptw-fields-${spec.layout}` });
    folds.startAgain();
    let stays: { element: HTMLElement; at: number } | null = null;
    for (const field of drawn) {
      const known = field.key === focused ? before.get(field.key) : undefined;
      // Only where it stands: moved, it would lose the focus for a moment, and what is typed to find a choice.
      if (known?.element.parentElement?.parentElement === body && known.redescribe(field)) {
        controls.set(field.key, known);
        stays = { element: known.element, at: fields.childElementCount };
        continue;
      }
      const made = control(field, freshId(`ptw-${field.key}`), () => change(field));
      controls.set(field.key, made);
      const place = field.fold ? folds.panelOf(field.fold, fields, `ptw-fields-${spec.layout}`) : fields;
      place.append(made.element);
    }
    const buttons = make("div", { class: "ptw-form-buttons" });
    spec.buttons.forEach((button, at) => {
      const pressed = make(
        "button",
        {
          type: at === 0 && !spec.saves ? "submit" : "button",
          class: at === 0 && !spec.saves && !spec.plain ? "ptw-button" : "ptw-button ptw-button-plain",
          "data-field": `button-${button.key}`,
        },
        button.label,
      );
      if (at > 0 || spec.saves) pressed.addEventListener("click", () => void send(button.key));
      buttons.append(pressed);
    });
    fields.append(buttons);
    const whole = spec.saves ? [fields, saving.element] : [fields];
    if (stays) putAround(stays.element, fields, stays.at);
    else body.replaceChildren(...(spec.fold ? foldWhole(model, spec.fold, spec.open, whole) : whole));
    if (focused) focusOn(focused);
    const [from, to] = caret;
    if (typeof from === "number") (document.activeElement as HTMLInputElement).setSelectionRange?.(from, to ?? from);
    complain();
  }

  function complain(): void {
    const errors = model.get("errors") as Record<string, string>;
    const spec = model.get("spec") as Spec;
    for (const [key, made] of controls) made.complain(errors[key] ?? "");
    const wrong = spec.fields.filter((field) => errors[field.key]);
    summary.replaceChildren();
    if (!wrong.length) return;
    const list = make("ul", {});
    for (const field of wrong) {
      const link = make("button", { type: "button", class: "ptw-link-button" }, errors[field.key]);
      link.addEventListener("click", () => controls.get(field.key)?.focus());
      list.append(make("li", {}, link));
    }
    summary.append(make("strong", {}, "Please put these right; what you entered is kept."), list);
    if (!spec.saves) summary.focus(); // nobody asked for it now: they are typing
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const spec = model.get("spec") as Spec;
    const first = spec.buttons[0];
    if (spec.saves) saving.flush();
    else if (first) void send(first.key);
  });
  form.addEventListener("input", ({ target }) => {
    const spec = model.get("spec") as Spec;
    const typed = [...controls].find(([, made]) => made.element.contains(target as Node));
    if (spec.saves && typed) saving.typed(spec, typed[0], spec.saves);
  });
  form.addEventListener("change", () => saving.flush());
  const leave = (): void => {
    if (document.visibilityState === "hidden") saving.flush();
  };
  document.addEventListener("visibilitychange", leave);
  const takeFocus = (): void => {
    const wanted = model.get("focus_wanted") as number;
    if (wanted <= (focusGiven.get(model) ?? 0)) return;
    focusGiven.set(model, wanted); // once, however often the form is drawn in another place
    // Not before the form stands in the document.
    requestAnimationFrame(() => form.querySelector<HTMLElement>("[data-field]:not(:disabled)")?.focus());
  };
  // Not every form has the line, with its place for what is said.
  const line = (): void => {
    const isUsed = ["chips", "steps"].some((trait) => "label" in (model.get(trait) as object));
    if (isUsed && !chosen.element.parentNode) form.append(chosen.element);
  };
  const ends = [
    follow(model, ["chips", "steps"], line),
    follow(model, ["focus_wanted"], takeFocus),
    follow(model, ["spec"], draw),
    follow(model, ["errors"], complain),
    follow(model, ["address"], () => showInAddress(model.get("address") as string)),
    follow(model, ["saved"], () => saving.say(model.get("saved") as Told)),
    guardLeaving(model, () => isTyped((model.get("spec") as Spec).fields, controls)),
    () => saving.end(),
    () => document.removeEventListener("visibilitychange", leave),
  ];
  return () => [chosen.end, ...ends].forEach((end) => end());
}

export default { render };
