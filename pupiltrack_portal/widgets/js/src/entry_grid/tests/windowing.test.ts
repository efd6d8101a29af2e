import { expect, test } from "vitest";
import { isWindowed, rowAt, rowsInView, scrollToShow, spansToKeep, topsOf } from "../windowing";

test("a class is drawn whole, a year of forty columns is not", () => {
  expect(isWindowed(30, 40)).toBe(false);
  expect(isWindowed(50, 50)).toBe(false);
  expect(isWindowed(210, 40)).toBe(true);
});

test("the rows in view, with spare ones, inside the table", () => {
  const tops = topsOf(Array(210).fill(30));
  expect(rowsInView(tops, 0, 600)).toEqual({ start: 0, end: 31 });
  expect(rowsInView(tops, 3000, 600)).toEqual({ start: 90, end: 131 });
  expect(rowsInView(tops, 99_999, 600)).toEqual({ start: 199, end: 210 });
  expect(rowsInView([0], 0, 600)).toEqual({ start: 0, end: 0 });
});

test("rows may differ in height", () => {
  const tops = topsOf([30, 44, 30]);
  expect(tops).toEqual([0, 30, 74, 104]);
  expect([-5, 0, 29, 30, 73, 74, 500].map((distance) => rowAt(tops, distance))).toEqual([0, 0, 0, 1, 1, 2, 2]);
});

test("the focused row is kept wherever it is", () => {
  const window = { start: 90, end: 130 };
  expect(spansToKeep(window, null)).toEqual([window]);
  expect(spansToKeep(window, 100)).toEqual([window]);
  expect(spansToKeep(window, 209)).toEqual([window, { start: 209, end: 210 }]);
  expect(spansToKeep(window, 3)).toEqual([{ start: 3, end: 4 }, window]);
});

test("scrolling brings a cell out from under what is pinned", () => {
  const pinned = { before: 60, after: 40 };
  expect(scrollToShow(500, 400, 520, 550, pinned)).toBe(460);
  expect(scrollToShow(500, 400, 850, 880, pinned)).toBe(520);
  expect(scrollToShow(500, 400, 600, 630, pinned)).toBe(500);
  expect(scrollToShow(0, 90, 100, 130, pinned)).toBe(40);
});
