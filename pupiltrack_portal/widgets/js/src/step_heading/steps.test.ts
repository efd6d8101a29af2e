// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";

import stepHeading from "./index";

let traits: Record<string, unknown>;
let told: Record<string, () => void>;
let sent: unknown[];
let el: HTMLElement;

beforeEach(() => {
  vi.useFakeTimers();
  document.body.replaceChildren((el = document.createElement("div")));
  told = {};
  sent = [];
  traits = {
    heading: "<b>Ash</b>, Ana",
    line: "Year 4",
    position: "1 of 2",
    focus_wanted: 0,
    said: { words: "Earlier", time: 1 },
    steps: [
      { key: "previous", label: "Previous pupil", unavailable: "This is the first." },
      { key: "next", label: "Next pupil", unavailable: "" },
    ],
  };
  const model = {
    get: (name: string) => traits[name],
    on: (event: string, call: () => void) => (told[event] = call),
    off: () => {},
    send: (content: unknown) => sent.push(content),
  };
  stepHeading.render({ model, el } as never);
});

const step = (key: string) => el.querySelector<HTMLElement>(`[data-step="${key}"]`)!;
const said = () => {
  vi.advanceTimersByTime(100);
  return el.querySelector("[role=status]")!.textContent;
};

test("a name is text, whatever it holds", () => {
  expect(el.querySelector("h2")!.textContent).toBe("<b>Ash</b>, Ana");
  expect(el.querySelector("h2 b")).toBeNull();
});

test("a button tells Python its key", () => {
  step("next").click();
  expect(sent).toEqual([{ kind: "step", key: "next" }]);
});

test("a button that leads nowhere says why and keeps the focus", () => {
  step("previous").focus();
  step("previous").click();
  expect(sent).toEqual([]);
  expect(said()).toBe("This is the first.");
  expect(document.activeElement).toBe(step("previous"));
});

test("the next record leaves the focus on the button that led to it", () => {
  step("next").focus();
  traits["heading"] = "Birch, Ben";
  told["change:heading"]!();
  expect(document.activeElement).toBe(step("next"));
});

test("the heading takes the focus when it is asked to", () => {
  traits["focus_wanted"] = 1;
  told["change:focus_wanted"]!();
  vi.advanceTimersByTime(50);
  expect(document.activeElement).toBe(el.querySelector("h2"));
});

test("what was said before it was drawn is not said again, and the same words are", () => {
  expect(said()).toBe("");
  traits["said"] = { words: "Birch, Ben", time: 2 };
  told["change:said"]!();
  expect(said()).toBe("Birch, Ben");
});
