// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { field } from "./examples";
import { control } from "./fields";

const made = (): ReturnType<typeof control> =>
  control(
    field({
      ...{ label: "Pupils", kind: "picks", value: ["2"], hint: "Choose pupils" },
      options: [["1", "Archer, <b>Ann</b>"], ["2", "Baker, Bo"]],
    }),
    "id",
    () => {},
  );

describe("picks", () => {
  it("says who is chosen, and keeps markup as text", () => {
    const { element, value } = made();
    document.body.replaceChildren(element);
    const told = (): string | null | undefined => element.querySelector(".ptw-picks-chosen")?.textContent;
    expect(told()).toBe("Baker, Bo");
    const [first, second] = element.querySelectorAll<HTMLInputElement>("input");
    first?.click();
    expect(told()).toBe("Archer, <b>Ann</b>; Baker, Bo");
    expect(value()).toEqual(["1", "2"]);
    first?.click();
    second?.click();
    expect(told()).toBe("None chosen");
  });
  it("opens and closes its list, by Escape too", () => {
    const { element, focus } = made();
    document.body.replaceChildren(element);
    const button = element.querySelector("button");
    const panel = element.querySelector<HTMLElement>(".ptw-picks-panel");
    expect(panel?.hidden).toBe(true);
    button?.click();
    expect([panel?.hidden, button?.getAttribute("aria-expanded")]).toEqual([false, "true"]);
    element.querySelector("input")?.focus();
    element.querySelector("input")?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(panel?.hidden).toBe(true);
    expect(document.activeElement).toBe(button);
    focus();
    expect(document.activeElement).toBe(button);
  });
});
