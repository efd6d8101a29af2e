import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { follow } from "../shared/follow";
import "./style.css";

interface Step {
  key: string;
  label: string;
  /** Why it leads nowhere; "" where it does. */
  unavailable: string;
}

/**
 * The heading of one record among several. A button that leads nowhere keeps its place and its
 * focus, so that nobody who goes through the records by keyboard is thrown out at their end; it
 * says why instead.
 */
function render({ model, el }: RenderContext): () => void {
  const heading = make("h2", { tabindex: -1, class: "ptw-step-heading-title" });
  const line = make("p", { class: "ptw-step-heading-line" });
  const steps = make("div", { class: "ptw-step-heading-steps" });
  const said = make("div", { role: "status", class: "ptw-step-heading-said" });
  el.append(make("div", { class: "ptw-step-heading" }, heading, line, steps, said));

  function say(words: string): void {
    // The same words again are only read out when the place was empty between.
    said.textContent = "";
    setTimeout(() => (said.textContent = words), SAY_AFTER);
  }

  function button(step: Step): HTMLElement {
    const made = make(
      "button",
      {
        type: "button",
        class: "ptw-button ptw-button-plain",
        "data-step": step.key,
        "aria-disabled": step.unavailable ? "true" : undefined,
        title: step.unavailable || undefined,
      },
      step.label,
    );
    made.addEventListener("click", () => {
      if (step.unavailable) say(step.unavailable);
      else model.send({ kind: "step", key: step.key });
    });
    return made;
  }

  function draw(): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.["step"];
    heading.textContent = model.get("heading") as string;
    line.textContent = model.get("line") as string;
    const position = model.get("position") as string;
    const where = position ? make("span", { class: "ptw-step-heading-where" }, position) : null;
    steps.replaceChildren(...(model.get("steps") as Step[]).map(button), ...(where ? [where] : []));
    if (focused) steps.querySelector<HTMLElement>(`[data-step="${CSS.escape(focused)}"]`)?.focus();
  }

  const takeFocus = (): void => {
    if (!(model.get("focus_wanted") as number)) return;
    // Not before the heading stands in the document.
    requestAnimationFrame(() => heading.focus());
  };
  const told = () => model.get("said") as { words?: string; time?: number };
  let heard = told().time; // what was said before this was drawn is not said again
  const announce = (): void => {
    const { words, time } = told();
    if (words && time !== heard) say(words);
    heard = time;
  };
  const ends = [
    follow(model, ["heading", "line", "position", "steps"], draw),
    follow(model, ["focus_wanted"], takeFocus),
    follow(model, ["said"], announce),
  ];
  return () => ends.forEach((end) => end());
}
const SAY_AFTER = 60; // ms

export default { render };
