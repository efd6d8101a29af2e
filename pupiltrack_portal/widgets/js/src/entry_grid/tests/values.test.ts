import { describe, expect, test } from "vitest";
import { labelOf, readEntry, typeAhead } from "../values";
import { AGE, NOTE, READING, SCORE } from "./examples";

describe("readEntry", () => {
  test("a choice by value or label, in any case; blank clears", () => {
    expect(readEntry(READING, "b")).toEqual({ value: "B" });
    expect(readEntry(READING, " on TRACK ")).toEqual({ value: "O" });
    expect(readEntry(READING, "  ")).toEqual({ value: null });
    expect(readEntry(READING, "X").reason).toContain("“X”");
  });
  test("a number inside its bounds", () => {
    expect(readEntry(SCORE, " 100 ")).toEqual({ value: "100" });
    expect(readEntry(SCORE, "80").reason).toBeUndefined();
    expect(readEntry(SCORE, "120").reason).toBeUndefined();
    expect(readEntry(SCORE, "79").reason).toBe("This must be from 80 to 120.");
    expect(readEntry(SCORE, "99.5").reason).toBe("This must be a whole number.");
    for (const wrong of ["1e2", "abc", "--1", "1.", "٩٩", "Infinity"]) {
      expect(readEntry(SCORE, wrong).reason).toContain("not a number");
    }
    expect(readEntry({ ...SCORE, decimals: 1, min: 0, max: 9 }, "1.25").reason).toContain("1 decimal");
  });
  test("text up to its length in characters, without control characters", () => {
    expect(readEntry(NOTE, "a\u0000b ")).toEqual({ value: "ab" });
    expect(readEntry(NOTE, "😀😀😀😀😀").reason).toBeUndefined();
    expect(readEntry(NOTE, "sixsix").reason).toContain("up to 5 characters; this is 6");
  });
  test("a read-only column takes nothing", () => {
    expect(readEntry(AGE, "9").reason).toBe("This column is for reading only.");
  });
});

test("labelOf shows the label, and an unknown value as it is", () => {
  expect(labelOf(READING, "O")).toBe("On track");
  expect(labelOf(READING, "?")).toBe("?");
  expect(labelOf(READING, null)).toBe("");
});

describe("typeAhead", () => {
  const column = { ...READING, choices: [["W", "W"], ["W+", "W+"], ["S", "Secure"], ["X", "Sound"]] as [string, string][] };
  test("an exact value wins, and says that more could follow", () => {
    expect(typeAhead(column, "w", null)).toEqual({ value: "W", ambiguous: true });
    expect(typeAhead(column, "w+", "W")).toEqual({ value: "W+", ambiguous: false });
    expect(typeAhead(READING, "b", null)).toEqual({ value: "B", ambiguous: false });
  });
  test("the beginning of a label", () => {
    expect(typeAhead(column, "so", null)).toEqual({ value: "X", ambiguous: false });
  });
  test("the same letter again walks on", () => {
    expect(typeAhead(column, "ss", "S")).toEqual({ value: "X", ambiguous: true });
    expect(typeAhead(column, "sss", "X")).toEqual({ value: "S", ambiguous: true });
  });
  test("nothing fits", () => {
    expect(typeAhead(column, "q", null)).toBeNull();
    expect(typeAhead(column, "qq", null)).toBeNull();
    expect(typeAhead(column, "wq", null)).toBeNull();
  });
});
