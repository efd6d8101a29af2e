// @vitest-environment jsdom
import { describe, expect, it, vi } from "vitest";
import { field } from "./examples";
import { control } from "./fields";

describe("control", () => {
  it("keeps markup in a label and a value as text", () => {
    const made = control(field({ label: "<b>x</b>", value: "<img src=x>" }), "id", () => {});
    expect(made.element.querySelector("b")).toBeNull();
    expect(made.value()).toBe("<img src=x>");
  });
  it("falls back to the first choice when the value is not among them", () => {
    const made = control(field({ kind: "select", value: "zz", options: [["a", "A"], ["b", "B"]] }), "id", () => {});
    expect(made.value()).toBe("a");
  });
  it("keeps fixed checks ticked and out of reach", () => {
    const made = control(
      field({ kind: "checks", value: [], options: [["r", "Reading", "fixed"], ["s", "Science"]] }),
      "id",
      () => {},
    );
    expect(made.value()).toEqual(["r"]);
    expect(made.element.querySelector<HTMLInputElement>("input")?.disabled).toBe(true);
  });
  it("marks a field that is wrong, and clears it again", () => {
    const made = control(field({}), "id", () => {});
    const input = made.element.querySelector("input");
    made.complain("Too long");
    expect(input?.getAttribute("aria-invalid")).toBe("true");
    made.complain("");
    expect(input?.hasAttribute("aria-invalid")).toBe(false);
  });
  it("clears a select and nothing else", () => {
    const select = control(field({ kind: "select", value: "b", options: [["", "All"], ["b", "B"]] }), "id", () => {});
    const text = control(field({ value: "kept" }), "id", () => {});
    select.clear();
    text.clear();
    expect([select.value(), text.value()]).toEqual(["", "kept"]);
  });
  it("stands beside the one before it only when asked to", () => {
    for (const beside of [true, false]) {
      const made = control(field({ kind: "textarea", beside }), "id", () => {});
      expect(made.element.classList.contains("ptw-beside")).toBe(beside);
    }
  });
  it("tells of a change only when asked to", () => {
    const told = vi.fn();
    for (const tells of [true, false]) {
      const made = control(field({ kind: "select", tells, options: [["a", "A"]] }), "id", told);
      made.element.querySelector("select")?.dispatchEvent(new Event("change"));
    }
    expect(told).toHaveBeenCalledTimes(1);
  });
});
