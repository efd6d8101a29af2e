// @vitest-environment jsdom
import { afterEach, expect, it } from "vitest";
import type { Model } from "../shared/anywidget";
import { field } from "./examples";
import { control } from "./fields";
import { guardLeaving, isTyped } from "./leaving";

let end = (): void => {};
afterEach(() => end());

/** Leave the page, and say whether the browser would ask first. */
const asks = (): boolean => !dispatchEvent(new Event("beforeunload", { cancelable: true }));

function guarded(traits: Record<string, unknown>, hasTyped: boolean): boolean {
  end = guardLeaving({ get: (name: string) => traits[name] } as unknown as Model, () => hasTyped);
  return asks();
}

it.each([
  [{ asks_on_leaving: true, is_unsaved: false }, false, false],
  [{ asks_on_leaving: true, is_unsaved: false }, true, true],
  [{ asks_on_leaving: true, is_unsaved: true }, false, true],
  [{ asks_on_leaving: false, is_unsaved: true }, true, false],
])("asks before leaving where %j and typed is %s: %s", (traits, hasTyped, expected) => {
  expect(guarded(traits, hasTyped)).toBe(expected);
});

it("asks no more once the form has gone", () => {
  guarded({ asks_on_leaving: true, is_unsaved: true }, true);
  end();
  expect(asks()).toBe(false);
});

it("tells what is typed from what was drawn", () => {
  const fields = [
    field({ key: "name", value: "Ivy" }),
    field({ key: "sex", kind: "select", value: "F", options: [["F", "Female"], ["M", "Male"]] }),
    field({ key: "ticked", kind: "checks", value: ["a"], options: [["a", "A"], ["b", "B"]] }),
    field({ key: "file", kind: "file" }),
  ];
  const controls = new Map(fields.map((item) => [item.key, control(item, item.key, () => {})]));
  expect(isTyped(fields, controls)).toBe(false);
  controls.get("name")!.element.querySelector("input")!.value = "Ivy Rose";
  expect(isTyped(fields, controls)).toBe(true);
  expect(isTyped(fields.slice(1), controls)).toBe(false);
  controls.get("ticked")!.element.querySelectorAll("input")[1]!.checked = true;
  expect(isTyped(fields.slice(1), controls)).toBe(true);
});
