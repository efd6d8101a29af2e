import { Store } from "../store";
import type { Clock } from "../timing";
import type { Answer, Column, Data, Outcome, Value } from "../wire";

export const READING: Column = {
  key: "re",
  label: "Reading",
  kind: "choice",
  group: "Autumn",
  width: 80,
  fill: true,
  choices: [
    ["B", "Below"],
    ["T", "Towards"],
    ["O", "On track"],
    ["D", "Deeper learning"],
  ],
  colours: { B: "red", O: "green" },
};
export const SCORE: Column = {
  key: "score", label: "Score", kind: "number", width: 80, fill: true, min: 80, max: 120, decimals: 0,
};
export const NOTE: Column = { key: "note", label: "Note", kind: "text", width: 120, fill: true, max_length: 5 };
export const AGE: Column = { key: "age", label: "Age", kind: "readonly", width: 60, fill: true };

export function data(values: Value[][], extra: Partial<Data> = {}): Data {
  return {
    caption: "", row_heading: "Pupil", read_only: false, revision: 0,
    columns: [READING, SCORE, NOTE, AGE],
    rows: values.map((_, at) => [`p${at}`, `Child ${at}`, "", ""]),
    values, versions: values.map(() => 0), colours: [], locked: [], foot: [],
    widths: {}, bars: false, kept_as: "", ...extra,
  };
}

export function storeOf(values: Value[][], extra: Partial<Data> = {}): Store {
  const store = new Store();
  store.load(data(values, extra));
  return store;
}

export function answer(seq: number, outcomes: Outcome[], client = "c"): Answer {
  return { type: "answer", client, seq, revision: seq, outcomes, foot: null, rows: null, message: "" };
}

/** A clock that stands still until it is told how far to go. */
export class HandClock implements Clock {
  now = 0;
  private timers = new Map<number, { at: number; run: () => void }>();
  private next = 1;

  after(milliseconds: number, run: () => void): number {
    this.timers.set(this.next, { at: this.now + milliseconds, run });
    return this.next++;
  }

  cancel(timer: number): void {
    this.timers.delete(timer);
  }

  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].run();
    }
    this.now = end;
  }
}
