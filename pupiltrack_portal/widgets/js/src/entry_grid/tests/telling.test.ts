import { describe, expect, test } from "vitest";
import { Arrivals } from "../arrivals";
import { clampWidth, Layout } from "../layout";
import { PastRequests } from "../past_requests";
import { ANSWER_WITHIN } from "../sender";
import { unusual } from "../values";
import type { ToKernel } from "../wire";
import { data, HandClock, READING, SCORE } from "./examples";

describe("Arrivals", () => {
  test("gathers, and speaks every few seconds at most", () => {
    const clock = new HandClock();
    const said: string[] = [];
    const arrivals = new Arrivals(clock, (text) => said.push(text));
    arrivals.add(0);
    clock.pass(2_000);
    expect(said).toEqual([]);
    arrivals.add(1);
    arrivals.add(2);
    clock.pass(1_000);
    arrivals.add(1);
    clock.pass(1_000);
    expect(said).toEqual(["3 cells changed by someone else."]);
    clock.pass(5_000);
    expect(said).toEqual(["3 cells changed by someone else.", "1 cell changed by someone else."]);
  });
});

describe("PastRequests", () => {
  const bench = () => {
    const clock = new HandClock();
    const posted: ToKernel[] = [];
    return { clock, posted, past: new PastRequests((message) => posted.push(message), clock) };
  };
  test("each answer goes to its own question", async () => {
    const { posted, past } = bench();
    const [one, two] = [past.ask("p0", "re"), past.ask("p1", "re")];
    expect(posted).toMatchObject([{ ask: 1, row: "p0" }, { ask: 2, row: "p1" }]);
    past.onAnswer({ type: "history", ask: 2, entries: [] });
    past.onAnswer({ type: "history", ask: 1, entries: [["O", "On track", null, "A", "now"]] });
    expect([(await one).length, (await two).length]).toEqual([1, 0]);
  });
  test("a failure brings its words, silence its own", async () => {
    const { clock, past } = bench();
    const failed = past.ask("p0", "re");
    past.onAnswer({ type: "history", ask: 1, failed: "Not now." });
    await expect(failed).rejects.toThrow("Not now.");
    const silent = past.ask("p0", "re");
    clock.pass(ANSWER_WITHIN);
    await expect(silent).rejects.toThrow("There is no answer");
    past.onAnswer({ type: "history", ask: 2, entries: [] });
  });
  test("a closed channel is told at once", async () => {
    const past = new PastRequests(() => { throw new Error("closed"); }, new HandClock());
    await expect(past.ask("p0", "re")).rejects.toThrow("There is no answer");
  });
});

describe("Layout", () => {
  test("keeps widths in reach, tells them once after a pause, and forgets the usual ones", () => {
    const clock = new HandClock();
    const told: ToKernel[] = [];
    const layout = new Layout((message) => told.push(message), clock);
    layout.load(data([], { widths: { note: 200 } }));
    layout.setWidth(READING, 5);
    layout.setWidth(READING, 9_999);
    layout.setBars(true);
    expect(layout.widthOf(READING)).toBe(480);
    clock.pass(10_000);
    expect(told).toEqual([{ type: "layout", widths: { note: 200, re: 480 }, bars: true }]);
    layout.setWidth(READING, null);
    expect([layout.widthOf(READING), layout.hasOwn(READING)]).toEqual([80, false]);
    // What Python sends meanwhile is older than what it has yet to be told.
    layout.load(data([], { widths: { re: 300 } }));
    expect(layout.widthOf(READING)).toBe(80);
    layout.stop();
    expect(told).toHaveLength(2);
  });
  test("clampWidth", () => expect([55.4, 100.4, 481].map(clampWidth)).toEqual([56, 100, 480]));
});

test("unusual speaks of numbers outside only", () => {
  const column = { ...SCORE, usual: [85, 115] as [number, number] };
  const note = "Outside the usual 85 to 115: check it.";
  expect(["84", "85", "115", "116", null, "x"].map((value) => unusual(column, value))).toEqual([
    note, "", "", note, "", "",
  ]);
  expect(unusual(SCORE, "84")).toBe("");
});
