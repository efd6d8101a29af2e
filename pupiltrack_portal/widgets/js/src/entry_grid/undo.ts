import type { Value } from "./wire";

export interface Difference {
  row: string;
  column: string;
  before: Value;
  after: Value;
}

export interface Step {
  label: string;
  differences: Difference[];
}

const MOST_STEPS = 200;

/** Steps back and forth; one paste or one fill is one step. */
export class History {
  private done: Step[] = [];
  private undone: Step[] = [];

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Remember a step. With `join`, letters typed in succession into one cell stay one step. */
  add(step: Step, join = false): void {
    const differences = step.differences.filter(({ before, after }) => before !== after);
    if (differences.length === 0) return;
    this.undone = [];
    const last = this.done.at(-1);
    const [only] = differences;
    if (join && last?.differences.length === 1 && differences.length === 1) {
      const [earlier] = last.differences;
      if (earlier!.row === only!.row && earlier!.column === only!.column) {
        earlier!.after = only!.after;
        return;
      }
    }
    this.done.push({ label: step.label, differences });
    if (this.done.length > MOST_STEPS) this.done.shift();
  }

  undo(): Step | null {
    const step = this.done.pop() ?? null;
    if (step) this.undone.push(step);
    return step;
  }

  redo(): Step | null {
    const step = this.undone.pop() ?? null;
    if (step) this.done.push(step);
    return step;
  }
}

/**
 * The entries that take a step back (or forward again). Cells that no longer hold what the step
 * left were changed by someone else since: they are left alone and counted.
 */
export function replay(
  step: Step,
  direction: "undo" | "redo",
  shownValue: (row: string, column: string) => Value,
): { edits: { row: string; column: string; value: Value }[]; skipped: number } {
  const edits: { row: string; column: string; value: Value }[] = [];
  let skipped = 0;
  for (const { row, column, before, after } of step.differences) {
    const [from, to] = direction === "undo" ? [after, before] : [before, after];
    if (shownValue(row, column) === from) edits.push({ row, column, value: to });
    else skipped++;
  }
  return { edits, skipped };
}
