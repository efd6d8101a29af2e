import { describe, expect, test } from "vitest";
import { answer, data, storeOf } from "./examples";

const re = (store: ReturnType<typeof storeOf>, row = "p0") => store.cell(row, "re")!;
const enter = (store: ReturnType<typeof storeOf>, value: string | null, reason?: string) =>
  store.edit([{ row: "p0", column: "re", value, reason }]);

describe("edit", () => {
  test("a typed value waits, is shown and coloured, and the stored one is kept", () => {
    const store = storeOf([["B", null, null, "8"]]);
    expect(enter(store, "O")).toEqual([{ row: "p0", column: "re" }]);
    expect(re(store)).toMatchObject({ state: "pending", typed: "O", value: "B", waiting: true });
    expect(store.shownValue("p0", "re")).toBe("O");
    expect(store.colourOf("p0", "re")).toBe("green");
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "O", 0]]);
    expect(store.takeWaiting(9)).toEqual([]);
  });
  test("a colour of the cell's own comes before the column's", () => {
    const store = storeOf([["B", null, null, null]], { colours: [[0, 0, "purple"]] });
    expect(store.colourOf("p0", "re")).toBe("purple");
  });
  test("the same value, a read-only column and an unknown cell change nothing", () => {
    const store = storeOf([["B", null, null, "8"]]);
    expect(enter(store, "B")).toEqual([]);
    expect(store.edit([{ row: "p0", column: "age", value: "9" }])).toEqual([]);
    expect(store.edit([{ row: "p9", column: "re", value: "B" }])).toEqual([]);
    const closed = storeOf([["B", null, null, "8"]], { read_only: true });
    expect(enter(closed, "O")).toEqual([]);
  });
  test("a refused entry stays on screen, is not sent, and can be taken back", () => {
    const store = storeOf([["B", null, null, null]]);
    enter(store, "X", "No such choice.");
    expect(re(store)).toMatchObject({ state: "refused", typed: "X" });
    expect(store.hasWaiting).toBe(false);
    expect(store.restore("p0", "re")).toBe(true);
    expect(store.shownValue("p0", "re")).toBe("B");
    enter(store, "X", "No such choice.");
    enter(store, "B");
    expect(re(store).state).toBe("");
    expect(store.hasWaiting).toBe(false);
  });
});

describe("applyAnswer", () => {
  test("saved: the new value and version are the stored ones", () => {
    const store = storeOf([["B", null, null, null]]);
    enter(store, "O");
    store.takeWaiting(9);
    const { counts } = store.applyAnswer(answer(1, [["p0", "re", "saved", "O", 1, "", null, null]]));
    expect(re(store)).toMatchObject({ state: "saved", value: "O", version: 1 });
    expect(counts.saved).toBe(1);
    store.forgetSaved();
    expect(re(store).state).toBe("");
  });
  test("saved while something newer was typed: the newer value goes out with the new version", () => {
    const store = storeOf([["B", null, null, null]]);
    enter(store, "O");
    store.takeWaiting(9);
    enter(store, "D");
    store.applyAnswer(answer(1, [["p0", "re", "saved", "O", 1, "", null, null]]));
    expect(re(store).state).toBe("pending");
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "D", 1]]);
  });
  test("typed back to the stored value while in flight: still sent", () => {
    const store = storeOf([["B", null, null, null]]);
    enter(store, "O");
    store.takeWaiting(9);
    enter(store, "B");
    store.applyAnswer(answer(1, [["p0", "re", "saved", "O", 1, "", null, null]]));
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "B", 1]]);
  });
  test("conflict: both values are held until one is chosen", () => {
    for (const keep of ["mine", "theirs"] as const) {
      const store = storeOf([["B", null, null, null]]);
      enter(store, "O");
      store.takeWaiting(9);
      store.applyAnswer(answer(1, [["p0", "re", "conflict", null, 4, "", "T", null]]));
      expect(re(store)).toMatchObject({ state: "conflict", typed: "O", theirs: "T", version: 4 });
      expect(enter(store, "D")).toEqual([]);
      store.resolve("p0", "re", keep);
      expect(store.shownValue("p0", "re")).toBe(keep === "mine" ? "O" : "T");
      expect(store.takeWaiting(9)).toEqual(keep === "mine" ? [["p0", "re", "O", 4]] : []);
    }
  });
  test("unsaved: kept, and queued again on retry", () => {
    const store = storeOf([["B", null, null, null]]);
    enter(store, "O");
    store.takeWaiting(9);
    store.applyAnswer(answer(1, [["p0", "re", "unsaved", "B", 0, "Later.", null, null]]));
    expect(store.counts()).toEqual({ pending: 0, unsaved: 1, refused: 0, conflict: 0 });
    expect(store.takeWaiting(9)).toEqual([]);
    store.retryUnsaved();
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "O", 0]]);
  });
});

describe("what others change", () => {
  test("is shown, unless it is older than what is known", () => {
    const store = storeOf([["B", null, null, null]], { versions: [[3, 0, 0, 0]] });
    expect(store.updateCells([["p0", "re", "T", 2, null]])).toEqual([]);
    expect(re(store).value).toBe("B");
    store.updateCells([["p0", "re", "T", 4, "blue"]]);
    expect(re(store)).toMatchObject({ value: "T", version: 4, colour: "blue" });
  });
  test("never replaces a value being saved, whose version stays the old one", () => {
    const store = storeOf([["B", null, null, null]]);
    enter(store, "O");
    store.updateCells([["p0", "re", "T", 1, null]]);
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "O", 0]]);
  });
  test("waits while the cell is being edited", () => {
    const store = storeOf([["B", null, null, null]]);
    store.beginEdit("p0", "re");
    store.updateCells([["p0", "re", "T", 1, null]]);
    expect(re(store).value).toBe("B");
    expect(store.endEdit(false)).toEqual([{ row: "p0", column: "re" }]);
    expect(re(store).value).toBe("T");
  });
  test("is not taken as seen when the editor's value is entered", () => {
    const store = storeOf([["B", null, null, null]]);
    store.beginEdit("p0", "re");
    store.updateCells([["p0", "re", "T", 1, null]]);
    store.endEdit(true);
    enter(store, "O");
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "O", 0]]);
  });
});

describe("load", () => {
  test("keeps what was typed and is not saved, with the version it was typed over", () => {
    const store = storeOf([["B", null, null, null], ["T", null, null, null]]);
    enter(store, "O");
    store.load(data([["D", null, null, null], ["D", null, null, null]], { versions: [[5, 0, 0, 0], [5, 0, 0, 0]] }));
    expect(re(store)).toMatchObject({ typed: "O", version: 0, state: "pending" });
    expect(re(store, "p1")).toMatchObject({ value: "D", version: 5 });
  });
  test("does not slip a newer version under an open editor", () => {
    const store = storeOf([["B", null, null, null]]);
    store.beginEdit("p0", "re");
    store.load(data([["D", null, null, null]], { versions: [[5, 0, 0, 0]] }));
    store.endEdit(true);
    enter(store, "O");
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "O", 0]]);
  });
});

describe("colours", () => {
  const paint = (store: ReturnType<typeof storeOf>, colour: string | null, value: string | null = "B") =>
    store.edit([{ row: "p0", column: "re", value, colour }]);

  test("one chosen is shown, sent as a fifth element, and stored by the answer", () => {
    const store = storeOf([["B", null, null, null]]);
    expect(paint(store, "blue")).toHaveLength(1);
    expect(store.colourOf("p0", "re")).toBe("blue");
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "B", 0, "blue"]]);
    store.applyAnswer(answer(1, [["p0", "re", "saved", "B", 1, "", null, "blue"]]));
    expect(re(store)).toMatchObject({ colour: "blue", typedColour: undefined, state: "saved" });
    expect(paint(store, "blue")).toEqual([]);
    paint(store, null);
    expect(store.colourOf("p0", "re")).toBe("red");
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "B", 1, ""]]);
  });
  test("a value typed later keeps it", () => {
    const store = storeOf([["B", null, null, null]], { colours: [[0, 0, "purple"]] });
    enter(store, "O");
    expect(store.colourOf("p0", "re")).toBe("purple");
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "O", 0]]);
    store.applyAnswer(answer(1, [["p0", "re", "saved", "O", 1, "", null, "purple"]]));
    expect(store.colourOf("p0", "re")).toBe("purple");
  });
  test("one chosen while the value is in flight goes out with the new version", () => {
    const store = storeOf([["B", null, null, null]]);
    enter(store, "O");
    store.takeWaiting(9);
    paint(store, "grey", "O");
    store.applyAnswer(answer(1, [["p0", "re", "saved", "O", 1, "", null, null]]));
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "O", 1, "grey"]]);
  });
  test("a clash holds theirs beside the one chosen", () => {
    const store = storeOf([["B", null, null, null]]);
    paint(store, "blue");
    store.takeWaiting(9);
    store.applyAnswer(answer(1, [["p0", "re", "conflict", null, 4, "", "B", "green"]]));
    expect(store.ownColour("p0", "re")).toBe("blue");
    store.resolve("p0", "re", "mine");
    expect(store.takeWaiting(9)).toEqual([["p0", "re", "B", 4, "blue"]]);
  });
});

describe("locked cells", () => {
  const store = () => storeOf([["B", "90", null, null], ["B", "91", null, null]], { locked: [[0, 1]] });
  test("take nothing, while their column does", () => {
    const held = store();
    expect([held.mayEdit("score"), held.mayEditCell("p0", "score"), held.mayEditCell("p1", "score")]).toEqual([
      true, false, true,
    ]);
    expect(held.edit(["p0", "p1"].map((row) => ({ row, column: "score", value: "99" })))).toEqual([
      { row: "p1", column: "score" },
    ]);
  });
  test("are locked and opened by what others do", () => {
    const held = store();
    held.updateCells([["p0", "score", "90", 0, null], ["p1", "score", "91", 0, null, 1]]);
    expect([held.mayEditCell("p0", "score"), held.mayEditCell("p1", "score")]).toEqual([true, false]);
  });
});

describe("takeWaiting", () => {
  test("sends very long texts in more than one batch", () => {
    const long = "x".repeat(600_000);
    const store = storeOf([[null, null, null, null], [null, null, null, null]]);
    store.edit(["p0", "p1"].map((row) => ({ row, column: "note", value: long })));
    expect(store.takeWaiting(9)).toHaveLength(1);
    expect(store.takeWaiting(9)).toHaveLength(1);
    expect(store.hasWaiting).toBe(false);
  });
});

test("updateCells tells only of cells that look different", () => {
  const store = storeOf([["B", null, null, null]], { versions: [[3, 0, 0, 0]] });
  expect(store.updateCells([["p0", "re", "B", 3, null]])).toEqual([]);
  expect(store.updateCells([["p0", "re", "B", 4, "blue"]])).toHaveLength(1);
  expect(re(store).version).toBe(4);
});
