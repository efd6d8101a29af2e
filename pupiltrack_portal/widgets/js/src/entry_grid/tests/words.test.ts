import { expect, test } from "vitest";
import { count, saveStatus, stateText } from "../words";
import { READING, storeOf } from "./examples";

const none = { pending: 0, unsaved: 0, refused: 0, conflict: 0 };

test("count speaks English", () => {
  expect([count(1, "cell"), count(0, "cell"), count(2, "entry", "entries"), count(1200, "cell")]).toEqual([
    "1 cell", "0 cells", "2 entries", "1,200 cells",
  ]);
});

test("saveStatus never says saved while anything is not", () => {
  const at = new Date(2026, 0, 5, 14, 3);
  expect(saveStatus(none, null, "")).toBe("");
  expect(saveStatus(none, at, "")).toBe("All changes saved 14:03");
  expect(saveStatus(none, at, "Saved in the register")).toBe("Saved in the register");
  for (const trouble of ["pending", "unsaved", "refused", "conflict"] as const) {
    expect(saveStatus({ ...none, [trouble]: 3 }, at, "Saved")).not.toMatch(/saved 14|^Saved/i);
  }
  expect(saveStatus({ ...none, unsaved: 3 }, at, "")).toBe("3 changes not saved yet");
});

test("stateText gives both values of a clash and the way out of a refusal", () => {
  const store = storeOf([["B", null, null, null]]);
  const cell = store.cell("p0", "re")!;
  expect(stateText(READING, cell)).toBe("");
  Object.assign(cell, { state: "conflict", typed: "O", theirs: null });
  expect(stateText(READING, cell)).toContain("blank while you entered “On track”");
  Object.assign(cell, { state: "refused", reason: "No.", typed: "X" });
  expect(stateText(READING, cell)).toContain("The saved value is “Below”. Escape puts it back.");
});
