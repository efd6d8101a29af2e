import { describe, expect, test } from "vitest";
import { type Filter, planFill, ROW_HEADING, rowsToShow, type Sort } from "../ordering";
import { storeOf } from "./examples";

const store = storeOf(
  [
    ["D", "100", "pear", "10"],
    [null, "95", null, "9"],
    ["B", null, "Apple", "8"],
    ["D", "101", "fig", null],
  ],
  { rows: [["p0", "Zoe", "", ""], ["p1", "Ann", "4A", ""], ["p2", "ben", "4B", "Not included"], ["p3", "Ann", "4B", ""]] },
);
const show = (sort: Sort | null, filters: [string, Filter][] = []) =>
  rowsToShow(store, { sort, filters: new Map(filters) }).join(" ");

describe("rowsToShow", () => {
  test("sorts choices in their own order, blanks last both ways, ties as given", () => {
    expect(show({ column: "re", descending: false })).toBe("p2 p0 p3 p1");
    expect(show({ column: "re", descending: true })).toBe("p0 p3 p2 p1");
  });
  test("sorts numbers as numbers and words without regard to case", () => {
    expect(show({ column: "score", descending: false })).toBe("p1 p0 p3 p2");
    expect(show({ column: "age", descending: false })).toBe("p2 p1 p0 p3");
    expect(show({ column: "note", descending: false })).toBe("p2 p3 p0 p1");
    expect(show({ column: ROW_HEADING, descending: false })).toBe("p1 p3 p2 p0");
  });
  test("filters by values, by words, by blank; all filters hold together", () => {
    const deeper: [string, Filter] = ["re", { kind: "values", values: new Set(["D", null]) }];
    expect(show(null, [deeper])).toBe("p0 p1 p3");
    expect(show(null, [deeper, [ROW_HEADING, { kind: "contains", text: " ANN" }]])).toBe("p1 p3");
    expect(show(null, [[ROW_HEADING, { kind: "contains", text: "not incl" }]])).toBe("p2");
    expect(show(null, [["note", { kind: "blank", blank: true }]])).toBe("p1");
    expect(show(null, [["note", { kind: "blank", blank: false }]])).toBe("p0 p2 p3");
    expect(show(null, [["re", { kind: "contains", text: "deeper" }]])).toBe("p0 p3");
  });
  test("an unknown column neither sorts nor filters", () => {
    expect(show({ column: "gone", descending: true }, [["gone", { kind: "blank", blank: true }]])).toBe("p0 p1 p2 p3");
  });
});

test("planFill counts what would change and what would be replaced", () => {
  const value = (row: string) => store.shownValue(row, "re");
  const rows = ["p0", "p1", "p2"];
  expect(planFill(rows, value, "B", false)).toEqual({ rows: ["p0", "p1"], replaced: 1 });
  expect(planFill(rows, value, "B", true)).toEqual({ rows: ["p1"], replaced: 0 });
  expect(planFill(rows, value, null, false)).toEqual({ rows: ["p0", "p2"], replaced: 2 });
});
