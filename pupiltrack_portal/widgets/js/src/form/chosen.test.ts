// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { chosenLine } from "./chosen";
import { FakeModel } from "./examples";

const chips = (...texts: string[]): object => ({
  label: "Filters applied",
  action: "Remove filter",
  items: texts.map((text) => ({ key: text.split(":")[0], text })),
});
const steps = (previous: string, next: string): object => ({
  label: "Classes",
  items: [
    { key: "previous", label: `Previous class: ${previous || "none"}`, open: previous !== "" },
    { key: "next", label: `Next class: ${next || "none"}`, open: next !== "" },
  ],
});

describe("chosenLine", () => {
  let model: FakeModel;
  let line: HTMLElement;
  let select: HTMLButtonElement;

  beforeEach(() => {
    model = new FakeModel({ chips: {}, steps: {}, said: "" });
    select = document.createElement("button");
    const made = chosenLine(model, () => select.focus());
    line = made.element;
    document.body.replaceChildren(select, line);
  });
  const buttons = (kind: string): HTMLButtonElement[] => [...line.querySelectorAll<HTMLButtonElement>(kind)];

  it("hides its list and its group when there is nothing in them", () => {
    expect(line.querySelector("ul")?.hidden).toBe(true);
    expect(line.querySelector<HTMLElement>(".ptw-steps")?.hidden).toBe(true);
    expect(line.querySelector("[role=status]")?.textContent).toBe("");
  });
  it("names what a chip takes off, and keeps markup as text", () => {
    model.set("chips", chips("SEN: <b>x</b>"));
    const [chip] = buttons(".ptw-chip");
    expect(chip?.textContent).toBe("Remove filter: SEN: <b>x</b>×");
    expect(chip?.querySelector("[aria-hidden]")?.textContent).toBe("×");
    expect(line.querySelector("ul")?.getAttribute("aria-label")).toBe("Filters applied");
    chip?.click();
    expect(model.sent).toEqual([{ kind: "chip", key: "SEN" }]);
  });
  it("gives the focus to the next chip, and after the last to the form", () => {
    model.set("chips", chips("Class: Ash", "Sex: Female", "SEN: Any SEN"));
    buttons(".ptw-chip")[1]?.focus();
    buttons(".ptw-chip")[1]?.click();
    model.set("chips", chips("Class: Ash", "SEN: Any SEN"));
    expect(document.activeElement?.textContent).toContain("SEN");
    (document.activeElement as HTMLButtonElement).click();
    model.set("chips", chips("Class: Ash"));
    expect(document.activeElement).toBe(select);
  });
  it("leaves the focus alone when chips go for another reason", () => {
    model.set("chips", chips("Class: Ash"));
    select.focus();
    model.set("chips", chips());
    expect(document.activeElement).toBe(select);
  });
  it("goes on from the same step, and nowhere from one that is not open", () => {
    model.set("steps", steps("", "Birch"));
    const [previous, next] = buttons(".ptw-step");
    expect(previous?.getAttribute("aria-disabled")).toBe("true");
    previous?.click();
    next?.focus();
    next?.click();
    expect(model.sent).toEqual([{ kind: "step", key: "next" }]);
    model.set("steps", steps("Ash", ""));
    expect(document.activeElement?.textContent).toBe("Next class: none");
  });
  it("says what there is to say", () => {
    model.set("said", "Taken off: SEN: Any SEN.");
    expect(line.querySelector("[role=status]")?.textContent).toBe("Taken off: SEN: Any SEN.");
  });
});
