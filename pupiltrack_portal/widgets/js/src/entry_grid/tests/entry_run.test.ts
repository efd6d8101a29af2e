import { expect, test } from "vitest";
import { nextCell, type Run } from "../entry_run";
import type { Place } from "../selection";

const shape = { rows: 3, columns: 5, footRows: 0 };
const at = (row: number, column: number): Place => ({ section: "body", row, column });
// Column 2 is worked out, and takes nothing.
const takes = (_: number, column: number) => column !== 2;
const go = (place: Place, way: "down" | "up" | "left" | "right", run: Run | null = null) =>
  nextCell(place, way, run, shape, takes);

test("Enter goes down, with Shift up, and stops at the edges", () => {
  expect(go(at(0, 1), "down")?.place).toEqual(at(1, 1));
  expect(go(at(1, 1), "up")?.place).toEqual(at(0, 1));
  expect(go(at(2, 1), "down")).toBeNull();
  expect(go(at(0, 1), "up")).toBeNull();
});

test("Tab goes right past what takes nothing, and Enter returns below where it began", () => {
  const first = go(at(0, 1), "right")!;
  expect(first).toEqual({ place: at(0, 3), run: { home: 1, row: 0, column: 3 } });
  const second = go(first.place, "right", first.run)!;
  expect(second.place).toEqual(at(0, 4));
  expect(go(second.place, "down", second.run)?.place).toEqual(at(1, 1));
});

test("Tab from the last cell goes to where the run began, a row below; from the very last nowhere", () => {
  const run = { home: 1, row: 0, column: 4 };
  expect(go(at(0, 4), "right", run)?.place).toEqual(at(1, 1));
  expect(go(at(2, 4), "right", { ...run, row: 2 })).toBeNull();
});

test("Shift and Tab goes left, and not beyond the first", () => {
  expect(go(at(0, 3), "left")?.place).toEqual(at(0, 1));
  expect(go(at(0, 0), "left")).toBeNull();
});

test("a run that ended elsewhere means nothing here", () => {
  expect(go(at(1, 3), "down", { home: 0, row: 0, column: 3 })?.place).toEqual(at(2, 3));
});
