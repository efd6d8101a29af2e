import type { Edit } from "./cell";
import type { Colour, Value } from "./wire";

export interface Difference {
  row: string;
  column: string;
  before: Value;
  after: Value;
  /** The cell's own colour before and after; left out when the step did not choose one. */
  colours?: { before: Colour; after: Colour };
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
    const differences = step.differences.filter(
      ({ before, after, colours }) => before !== after || (colours && colours.before !== colours.after),
    );
    if (differences.length === 0) return;
    this.undone = [];
    const last = this.done.at(-1);
    const [only] = differences;
    if (join && last?.differences.length === 1 && differences.length === 1) {
      const [earlier] = last.differences;
      const sameCell = earlier!.row === only!.row && earlier!.column === only!.column;
      if (sameCell && !earlier!.colours && !only!.colours) {
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
  now: { shownValue(row: string, column: string): Value; ownColour(row: string, column: string): Colour },
): { edits: Edit[]; skipped: number } {
  const edits: Edit[] = [];
  let skipped = 0;
  const ends = <T>({ before, after }: { before: T; after: T }) =>
    direction === "undo" ? ([after, before] as const) : ([before, after] as const);
  for (const difference of step.differences) {
    const { row, column, colours } = difference;
    const [from, to] = ends(difference);
    const [fromColour, toColour] = colours ? ends(colours) : [undefined, undefined];
    const sameColour = !colours || now.ownColour(row, column) === fromColour;
    if (now.shownValue(row, column) === from && sameColour) {
      edits.push({ row, column, value: to, ...(colours ? { colour: toColour } : {}) });
    } else skipped++;
  }
  return { edits, skipped };
}
