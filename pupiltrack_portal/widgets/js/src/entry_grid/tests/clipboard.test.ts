import { describe, expect, test } from "vitest";
import { formatTable, parseTable, placePaste } from "../clipboard";

describe("parseTable", () => {
  test("reads Excel's lines and drops only the last line break", () => {
    expect(parseTable("B\tT\r\nO\tD\r\n")).toEqual([["B", "T"], ["O", "D"]]);
    expect(parseTable("B\n\n")).toEqual([["B"], [""]]);
    expect(parseTable("B\rT")).toEqual([["B"], ["T"]]);
  });
  test("keeps empty cells, also at the end of a line", () => {
    expect(parseTable("\tT\t\r\n")).toEqual([["", "T", ""]]);
    expect(parseTable("")).toEqual([]);
  });
  test("unpacks quoted cells with tabs, line breaks and quotes", () => {
    expect(parseTable('"a\tb"\t"two\r\nlines"\t"say ""so"""\r\n')).toEqual([["a\tb", "two\r\nlines", 'say "so"']]);
  });
  test("leaves a quote that opens nothing", () => {
    expect(parseTable('"oh\tB')).toEqual([['"oh', "B"]]);
    expect(parseTable('5" tall\tB')).toEqual([['5" tall', "B"]]);
    expect(parseTable('"a" b\tc')).toEqual([['"a" b', "c"]]);
  });
});

test("formatTable gives what parseTable reads back", () => {
  const rows = [["B", 'a "b"', "tab\there"], ["", "two\nlines", "x"]];
  expect(parseTable(`${formatTable(rows)}\r\n`)).toEqual(rows);
});

describe("placePaste", () => {
  const shape = { rows: 4, columns: 3 };
  const at = (top: number, left: number, bottom = top, right = left) => ({ top, left, bottom, right });

  test("one cell fills the selection", () => {
    const { placed } = placePaste([["B"]], at(1, 0, 2, 1), shape);
    expect(placed.map(({ row, column }) => [row, column])).toEqual([[1, 0], [1, 1], [2, 0], [2, 1]]);
    expect(new Set(placed.map(({ text }) => text))).toEqual(new Set(["B"]));
  });
  test("a block repeats over a whole multiple of itself", () => {
    const { placed } = placePaste([["B"], ["T"]], at(0, 0, 3, 0), shape);
    expect(placed.map(({ text }) => text)).toEqual(["B", "T", "B", "T"]);
  });
  test("another selection is only a corner to start from", () => {
    const { placed } = placePaste([["B", "T"]], at(0, 0, 2, 2), shape);
    expect(placed.map(({ row, column }) => [row, column])).toEqual([[0, 0], [0, 1]]);
  });
  test("what falls outside is counted, and short lines leave gaps", () => {
    const { placed, outside } = placePaste([["B", "T"], ["O"]], at(3, 2), shape);
    expect(placed).toEqual([{ row: 3, column: 2, text: "B" }]);
    expect(outside).toBe(2);
  });
});
