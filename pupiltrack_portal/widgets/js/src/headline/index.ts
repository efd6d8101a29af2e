import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { follow } from "../shared/follow";
import "./style.css";

interface Line {
  text: string;
  percent: number | null;
  figure: string;
  cohort: string;
}

const EVERY_MS = 7000;

/**
 * Lines that take turns. They hold still while paused, pointed at or focused, and from the start
 * for people who ask for less motion; previous and next always work (WCAG 2.2.2).
 */
function render({ model, el }: RenderContext): () => void {
  let at = 0;
  let held = false;
  let paused = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const cohort = make("h2", { class: "ptw-headline-cohort" });
  const figure = make("p", { class: "ptw-headline-figure", "aria-hidden": "true" });
  const text = make("p", { class: "ptw-headline-text" });
  const fill = make("div", { class: "ptw-headline-fill" });
  const bar = make("div", { class: "ptw-headline-bar", "aria-hidden": "true" }, fill);
  const where = make("span", { class: "ptw-headline-where" });
  const button = (label: string, sign: string, act: () => void): HTMLButtonElement => {
    const made = make("button", { type: "button", class: "ptw-round", "aria-label": label }, sign);
    made.addEventListener("click", act);
    return made;
  };
  const lines = (): Line[] => model.get("lines") as Line[];
  const step = (by: number): void => {
    const count = lines().length;
    if (count) at = (at + by + count) % count;
    draw();
  };
  const pause = button("Pause the headlines", "❚❚", () => {
    paused = !paused;
    draw();
  });
  const controls = make(
    "div",
    { class: "ptw-headline-controls" },
    button("Previous headline", "‹", () => step(-1)),
    pause,
    button("Next headline", "›", () => step(1)),
    where,
  );
  const section = make("section", { class: "ptw-headline", "aria-label": "Headline figures" });
  section.append(cohort, make("div", { class: "ptw-headline-row" }, figure, text), bar, controls);
  el.append(section);

  function draw(): void {
    const all = lines();
    if (at >= all.length) at = 0;
    const line = all[at];
    section.hidden = !line;
    if (!line) return;
    cohort.textContent = line.cohort;
    figure.textContent = line.figure;
    text.textContent = line.text;
    bar.hidden = line.percent === null;
    fill.style.width = `${line.percent ?? 0}%`;
    where.textContent = `${at + 1} of ${all.length}`;
    controls.hidden = all.length < 2;
    pause.setAttribute("aria-label", paused ? "Start the headlines" : "Pause the headlines");
    pause.textContent = paused ? "▶" : "❚❚";
  }

  const hold = (): void => void (held = true);
  const release = (): void => void (held = section.contains(document.activeElement));
  section.addEventListener("pointerenter", hold);
  section.addEventListener("pointerleave", release);
  section.addEventListener("focusin", hold);
  section.addEventListener("focusout", () => void (held = false));
  const timer = setInterval(() => {
    if (!held && !paused && !document.hidden) step(1);
  }, EVERY_MS);
  const end = follow(model, ["lines"], draw);
  return () => {
    clearInterval(timer);
    end();
  };
}

export default { render };
