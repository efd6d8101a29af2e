import { describe, expect, test } from "vitest";
import { Kept, planReturn, PREFIX, type Shelf } from "../kept";
import { answer, storeOf } from "./examples";

const HOUR = 3_600_000;

function shelfOf(entries: Record<string, string> = {}): Shelf & { all: Map<string, string> } {
  const all = new Map(Object.entries(entries));
  return {
    all,
    get length() {
      return all.size;
    },
    key: (at) => [...all.keys()][at] ?? null,
    getItem: (key) => all.get(key) ?? null,
    setItem: (key, value) => void all.set(key, value),
    removeItem: (key) => void all.delete(key),
  };
}

function typed(value: string | null, colour?: string | null) {
  const store = storeOf([["B", null, null, null], ["T", null, null, null]]);
  store.edit([{ row: "p0", column: "re", value, ...(colour === undefined ? {} : { colour }) }]);
  return store.typedCells();
}

describe("Kept", () => {
  test("offers to the same name what was typed, with its colour and the time it was first seen", () => {
    const shelf = shelfOf();
    let now = 10 * HOUR;
    const kept = new Kept("ann", shelf, () => now);
    kept.keep(typed("O", "blue"));
    now += HOUR;
    kept.keep(typed("O", "blue"));
    expect(new Kept("ann", shelf, () => now).offered).toEqual([
      { row: "p0", column: "re", value: "O", version: 0, colour: "blue", at: 10 * HOUR },
    ]);
  });
  test("offers nothing to another name, without a name, or after a day", () => {
    const shelf = shelfOf();
    new Kept("ann", shelf, () => HOUR).keep(typed("O"));
    expect(new Kept("ben", shelf, () => HOUR).offered).toEqual([]);
    expect(new Kept("", shelf, () => HOUR).offered).toEqual([]);
    expect(new Kept("ann", shelf, () => 25 * HOUR).offered).toHaveLength(1);
    expect(new Kept("ben", shelf, () => 26 * HOUR).offered).toEqual([]);
    expect(shelf.all.size).toBe(0);
  });
  test("without a name nothing is written", () => {
    const shelf = shelfOf();
    new Kept("", shelf, () => HOUR).keep(typed("O"));
    expect(shelf.all.size).toBe(0);
  });
  test("holds what is offered beside what is typed, the newer in place of the older", () => {
    const shelf = shelfOf();
    new Kept("ann", shelf, () => HOUR).keep(typed("O"));
    const later = new Kept("ann", shelf, () => 2 * HOUR);
    later.offered.push({ row: "p1", column: "re", value: "D", version: 0, at: HOUR });
    later.keep(typed("T"));
    const values = new Kept("ann", shelf, () => 2 * HOUR).offered.map(({ row, value }) => [row, value]);
    expect(values).toEqual([["p1", "D"], ["p0", "T"]]);
  });
  test("goes away once all is stored and nothing is offered", () => {
    const shelf = shelfOf();
    const kept = new Kept("ann", shelf, () => HOUR);
    kept.keep(typed("O"));
    kept.keep([]);
    expect(shelf.all.size).toBe(0);
  });
  test("wipe leaves nothing of any name, and other things alone", () => {
    const shelf = shelfOf({ other: "x", [`${PREFIX}ben`]: "[]" });
    const kept = new Kept("ann", shelf, () => HOUR);
    kept.keep(typed("O"));
    kept.wipe();
    expect([...shelf.all.keys()]).toEqual(["other"]);
  });
  test.each(["{", "null", "5", '[{"row":1}]', '[{"row":"p0","column":"re","value":5,"version":0,"at":1}]'])(
    "reads nothing from %s",
    (text) => {
      expect(new Kept("ann", shelfOf({ [`${PREFIX}ann`]: text }), () => HOUR).offered).toEqual([]);
    },
  );
  test("without storage, or with a full one, typing goes on", () => {
    const full = { ...shelfOf(), setItem: () => { throw new Error("QuotaExceededError"); } };
    for (const shelf of [null, full]) {
      const kept = new Kept("ann", shelf, () => HOUR);
      expect(() => kept.keep(typed("O"))).not.toThrow();
    }
  });
});

describe("planReturn", () => {
  const kept = (row: string, column: string, value: string | null, version = 0) => ({ row, column, value, version, at: 1 });
  const store = () =>
    storeOf([["B", null, null, null], ["T", "90", null, null]], { versions: [[0, 0, 0, 0], [5, 0, 0, 0]], locked: [[1, 1]] });

  test("enters over the same version, and asks where another is stored now", () => {
    const plan = planReturn(store(), [kept("p0", "re", "O"), kept("p1", "re", "D", 4)]);
    expect(plan.edits).toEqual([{ row: "p0", column: "re", value: "O" }]);
    expect(plan.clashes).toEqual([{ row: "p1", column: "re", value: "D" }]);
  });
  test("asks again about a clash that was not settled", () => {
    const held = store();
    held.edit([{ row: "p0", column: "re", value: "O" }]);
    held.takeWaiting(9);
    held.applyAnswer(answer(1, [["p0", "re", "conflict", null, 3, "", "D", null]]));
    const shelf = shelfOf();
    new Kept("ann", shelf, () => HOUR).keep(held.typedCells());
    const again = storeOf([["D", null, null, null]], { versions: [[3, 0, 0, 0]] });
    const plan = planReturn(again, new Kept("ann", shelf, () => HOUR).offered);
    expect([plan.edits, plan.clashes]).toEqual([[], [{ row: "p0", column: "re", value: "O" }]]);
  });
  test("drops what is stored already, by whatever way", () => {
    expect(planReturn(store(), [kept("p1", "re", "T", 4)])).toEqual({ edits: [], clashes: [], elsewhere: [] });
  });
  test("keeps what is not in the table, locked, or being typed now", () => {
    const held = store();
    held.edit([{ row: "p0", column: "note", value: "now" }]);
    const { elsewhere, edits } = planReturn(held, [
      kept("p9", "re", "O"), kept("p1", "score", "95"), kept("p0", "note", "then"),
    ]);
    expect([elsewhere.length, edits]).toEqual([3, []]);
  });
  test("a value that could not be stored comes back with the reason", () => {
    const [edit] = planReturn(store(), [kept("p0", "score", "200")]).edits;
    expect(edit).toMatchObject({ value: "200", reason: "This must be from 80 to 120." });
  });
});
