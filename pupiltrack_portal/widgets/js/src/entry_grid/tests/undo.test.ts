import { describe, expect, test } from "vitest";
import { History, replay, type Step } from "../undo";

const step = (after: string | null, before: string | null = null, row = "p0"): Step => ({
  label: `to ${after}`,
  differences: [{ row, column: "re", before, after }],
});

describe("History", () => {
  test("goes back and forth; a new step ends the way forth", () => {
    const history = new History();
    history.add(step("B"));
    history.add(step("O", "B"));
    expect(history.undo()?.label).toBe("to O");
    expect(history.redo()?.label).toBe("to O");
    history.undo();
    history.add(step("D", "B"));
    expect([history.canRedo, history.redo()]).toEqual([false, null]);
    history.undo();
    history.undo();
    expect([history.canUndo, history.undo()]).toEqual([false, null]);
  });
  test("joins letters typed into one cell, not into another", () => {
    const history = new History();
    history.add(step("W"));
    history.add(step("W+", "W"), true);
    expect(history.undo()?.differences).toEqual([{ row: "p0", column: "re", before: null, after: "W+" }]);
    history.add(step("W"));
    history.add(step("B", null, "p1"), true);
    expect(history.undo()?.differences[0]?.row).toBe("p1");
  });
  test("a step without a difference is none; old steps are forgotten", () => {
    const history = new History();
    history.add(step("B", "B"));
    expect(history.canUndo).toBe(false);
    for (let i = 0; i < 250; i++) history.add(step(String(i)));
    let steps = 0;
    while (history.undo()) steps++;
    expect(steps).toBe(200);
  });
});

const seen = (values: (row: string) => string | null, colours: (row: string) => string | null = () => null) => ({
  shownValue: values,
  ownColour: colours,
});

test("replay leaves alone what someone else changed since", () => {
  const both: Step = { label: "", differences: [...step("B").differences, ...step("B", null, "p1").differences] };
  const now = seen((row) => (row === "p0" ? "B" : "T"));
  expect(replay(both, "undo", now)).toEqual({ edits: [{ row: "p0", column: "re", value: null }], skipped: 1 });
  expect(replay(both, "redo", seen(() => null)).edits).toHaveLength(2);
});

describe("colours", () => {
  const coloured: Step = {
    label: "",
    differences: ["p0", "p1"].map((row) => ({
      row, column: "re", before: "B", after: "B", colours: { before: null, after: "blue" },
    })),
  };

  test("a step that only colours counts, and is not joined to letters", () => {
    const history = new History();
    history.add(step("B"));
    history.add({ label: "", differences: [coloured.differences[0]!] }, true);
    history.undo();
    expect(history.canUndo).toBe(true);
    history.add({
      label: "",
      differences: [{ row: "p0", column: "re", before: "B", after: "B", colours: { before: "red", after: "red" } }],
    });
    expect(history.canRedo).toBe(true);
  });
  test("replay brings them back, and leaves a cell coloured anew alone", () => {
    const now = seen(() => "B", (row) => (row === "p0" ? "blue" : "green"));
    expect(replay(coloured, "undo", now)).toEqual({
      edits: [{ row: "p0", column: "re", value: "B", colour: null }],
      skipped: 1,
    });
    expect(replay(coloured, "redo", seen(() => "B")).edits.map(({ colour }) => colour)).toEqual(["blue", "blue"]);
  });
});
