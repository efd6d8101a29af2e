import { labelOf } from "./values";
import type { Column, Value, WireRow } from "./wire";

export const ROW_HEADING = "\u0000heading";

export interface Sort {
  /** A column's key, or ROW_HEADING. */
  column: string;
  descending: boolean;
}

export type Filter =
  | { kind: "values"; values: ReadonlySet<Value> }
  | { kind: "contains"; text: string }
  | { kind: "blank"; blank: boolean };

export interface View {
  sort: Sort | null;
  filters: ReadonlyMap<string, Filter>;
}

interface Source {
  rows: readonly WireRow[];
  column(key: string): Column | undefined;
  shownValue(row: string, column: string): Value;
}

const collator = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

/** Keys of the rows to show, in order. Blanks come last either way; ties keep the given order. */
export function rowsToShow(source: Source, view: View): string[] {
  const kept = source.rows.filter((row) =>
    [...view.filters].every(([key, filter]) => passes(source, row, key, filter)),
  );
  const keys = kept.map(([key]) => key);
  const { sort } = view;
  if (!sort) return keys;
  const sign = sort.descending ? -1 : 1;
  if (sort.column === ROW_HEADING) {
    return [...kept].sort((a, b) => sign * collator.compare(a[1], b[1])).map(([key]) => key);
  }
  const column = source.column(sort.column);
  if (!column) return keys;
  const rank = rankOf(column);
  return keys
    .map((key) => ({ key, value: source.shownValue(key, column.key) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return sign * rank(a.value, b.value);
    })
    .map(({ key }) => key);
}

function rankOf(column: Column): (a: string, b: string) => number {
  if (column.kind === "choice") {
    const order = new Map((column.choices ?? []).map(([value], at) => [value, at]));
    return (a, b) => (order.get(a) ?? order.size) - (order.get(b) ?? order.size);
  }
  // Read-only figures can be numbers or words; numeric collation orders both.
  if (column.kind === "number") return (a, b) => Number(a) - Number(b) || collator.compare(a, b);
  return (a, b) => collator.compare(a, b);
}

function passes(source: Source, row: WireRow, key: string, filter: Filter): boolean {
  const column = key === ROW_HEADING ? undefined : source.column(key);
  if (key !== ROW_HEADING && !column) return true;
  const value = column ? source.shownValue(row[0], key) : row[1];
  switch (filter.kind) {
    case "values":
      return filter.values.has(value);
    case "blank":
      return (value === null) === filter.blank;
    case "contains": {
      const text = column ? `${value ?? ""} ${labelOf(column, value)}` : `${row[1]} ${row[2]} ${row[3]}`;
      return text.toLocaleLowerCase().includes(filter.text.trim().toLocaleLowerCase());
    }
  }
}

export interface FillPlan {
  rows: string[];
  replaced: number;
}

/** The rows a fill would change, out of those in view, and how many values it would replace. */
export function planFill(
  rows: readonly string[],
  shownValue: (row: string) => Value,
  value: Value,
  blanksOnly: boolean,
): FillPlan {
  const changed = rows.filter((row) => {
    const now = shownValue(row);
    return now !== value && (!blanksOnly || now === null);
  });
  return { rows: changed, replaced: changed.filter((row) => shownValue(row) !== null).length };
}
