import { describe, expect, it } from "vitest";
import { inOrder, nextOrder, type Row } from "./sorting";

const row = (key: string, sort: number | string | null | undefined, text = key): Row => ({
  key,
  head: { text },
  cells: [sort === undefined ? { text } : { text, sort }],
});
const keys = (rows: Row[]): string => rows.map((r) => r.key).join("");

describe("inOrder", () => {
  it("keeps the given order without an order", () => {
    expect(keys(inOrder([row("b", 1), row("a", 2)], null))).toBe("ba");
  });
  it("sorts numbers as numbers, both ways", () => {
    const rows = [row("a", 10), row("b", 9), row("c", 100)];
    expect(keys(inOrder(rows, { column: 0, direction: "ascending" }))).toBe("bac");
    expect(keys(inOrder(rows, { column: 0, direction: "descending" }))).toBe("cab");
  });
  it("puts missing values last in both directions", () => {
    const rows = [row("a", null), row("b", 2), row("c", 1)];
    expect(keys(inOrder(rows, { column: 0, direction: "ascending" }))).toBe("cba");
    expect(keys(inOrder(rows, { column: 0, direction: "descending" }))).toBe("bca");
  });
  it("sorts text without regard to case and with numbers in it by size", () => {
    const rows = [row("a", undefined, "Year 10"), row("b", undefined, "year 2")];
    expect(keys(inOrder(rows, { column: -1, direction: "ascending" }))).toBe("ba");
  });
  it("does not disturb the rows it was given", () => {
    const rows = [row("b", 2), row("a", 1)];
    inOrder(rows, { column: 0, direction: "ascending" });
    expect(keys(rows)).toBe("ba");
  });
});

describe("nextOrder", () => {
  it("goes ascending, descending, as given", () => {
    const first = nextOrder(null, 3);
    const second = nextOrder(first, 3);
    expect(first).toEqual({ column: 3, direction: "ascending" });
    expect(second).toEqual({ column: 3, direction: "descending" });
    expect(nextOrder(second, 3)).toBeNull();
    expect(nextOrder(second, 1)).toEqual({ column: 1, direction: "ascending" });
  });
});
