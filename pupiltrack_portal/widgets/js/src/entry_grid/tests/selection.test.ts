import { describe, expect, test } from "vitest";
import { contains, type Move, moved, type Place, rangeBetween, sizeOf, within } from "../selection";

const shape = { rows: 30, columns: 5, footRows: 2 };
const at = (section: Place["section"], row: number, column: number): Place => ({ section, row, column });
const go = (from: Place, move: Move) => moved(from, move, shape, 10);

describe("moved", () => {
  test("heading, body and foot follow each other", () => {
    expect(go(at("body", 0, 2), "up")).toEqual(at("head", 0, 2));
    expect(go(at("head", 0, 2), "up")).toEqual(at("head", 0, 2));
    expect(go(at("head", 0, 2), "down")).toEqual(at("body", 0, 2));
    expect(go(at("body", 29, 2), "down")).toEqual(at("foot", 0, 2));
    expect(go(at("foot", 1, 2), "down")).toEqual(at("foot", 1, 2));
    expect(go(at("foot", 0, 2), "up")).toEqual(at("body", 29, 2));
  });
  test("an empty body is stepped over", () => {
    const empty = { ...shape, rows: 0 };
    expect(moved(at("head", 0, 1), "down", empty, 10)).toEqual(at("foot", 0, 1));
    expect(within(at("body", 3, 1), empty)).toEqual(at("head", 0, 1));
    expect(moved(at("head", 0, 1), "last", empty, 10).section).toBe("head");
  });
  test("edges stop", () => {
    expect(go(at("body", 3, -1), "left")).toEqual(at("body", 3, -1));
    expect(go(at("body", 3, 4), "right")).toEqual(at("body", 3, 4));
  });
  test("home, end, first, last and pages", () => {
    expect(go(at("body", 3, 2), "home")).toEqual(at("body", 3, -1));
    expect(go(at("foot", 1, 2), "end")).toEqual(at("foot", 1, 4));
    expect(go(at("foot", 1, 2), "first")).toEqual(at("body", 0, -1));
    expect(go(at("body", 3, 2), "last")).toEqual(at("body", 29, 4));
    expect(go(at("body", 3, 2), "pageDown")).toEqual(at("body", 13, 2));
    expect(go(at("body", 25, 2), "pageDown")).toEqual(at("body", 29, 2));
    expect(go(at("body", 3, 2), "pageUp")).toEqual(at("body", 0, 2));
    expect(go(at("head", 0, 2), "pageDown")).toEqual(at("head", 0, 2));
  });
});

test("a range lies between two cells of the body, never headings", () => {
  const range = rangeBetween(at("body", 5, 3), at("body", 2, 4))!;
  expect(range).toEqual({ top: 2, bottom: 5, left: 3, right: 4 });
  expect(sizeOf(range)).toEqual({ rows: 4, columns: 2, cells: 8 });
  expect([contains(range, 2, 3), contains(range, 1, 3), contains(range, 2, 2), contains(null, 0, 0)]).toEqual([
    true, false, false, false,
  ]);
  expect(rangeBetween(at("body", 1, -1), at("body", 2, 2))).toBeNull();
  expect(rangeBetween(at("body", 1, 1), at("foot", 0, 2))).toBeNull();
});
