// @vitest-environment jsdom
import { expect, test } from "vitest";
import row from "./index";

const TOGGLES = [
  ["a", "Classes", true, ""],
  ["b", "Words", false, ""],
];

function texts(isChoice: boolean): string[] {
  const traits: Record<string, unknown> = { legend: "Sections", toggles: TOGGLES, is_choice: isChoice, address: "" };
  const model = { get: (name: string) => traits[name], on: () => {}, off: () => {}, send: () => {} };
  const el = document.createElement("div");
  row.render({ model, el } as never);
  return [...el.querySelectorAll("button")].map((button) => button.textContent!);
}

test("a switch that is off can be added, one of a choice only chosen", () => {
  expect(texts(false)).toEqual(["✓Classes", "+Words"]);
  expect(texts(true)).toEqual(["✓Classes", "Words"]);
});
