import type { Column, Value } from "./wire";

/** What a person typed, made into a value of the column, or the reason it cannot be. */
export type Reading = { value: Value; reason?: undefined } | { value: Value; reason: string };

const NUMBER = /^-?\d{1,15}(\.(\d{1,10}))?$/;

export function labelOf(column: Column, value: Value): string {
  if (value === null) return "";
  if (column.kind !== "choice") return value;
  return column.choices?.find(([choice]) => choice === value)?.[1] ?? value;
}

/** A note on a number outside what is usual in its column; "" when there is nothing to say. */
export function unusual(column: Column, value: Value): string {
  if (!column.usual || value === null || !NUMBER.test(value)) return "";
  const [lowest, highest] = column.usual;
  const number = Number(value);
  return number < lowest || number > highest ? `Outside the usual ${lowest} to ${highest}: check it.` : "";
}

/** The same rules as Python's, so that a wrong entry is told at once; Python decides. */
export function readEntry(column: Column, typed: string): Reading {
  const text = column.kind === "text" ? typed.replace(/\r\n?/g, "\n").replace(/\s+$/, "") : typed.trim();
  if (text === "") return { value: null };
  switch (column.kind) {
    case "readonly":
      return { value: text, reason: "This column is for reading only." };
    case "choice":
      return readChoice(column, text);
    case "number":
      return readNumber(column, text);
    case "text":
      return readText(column, text);
  }
}

function readChoice(column: Column, text: string): Reading {
  const choices = column.choices ?? [];
  const same = (a: string) => a.toLocaleLowerCase() === text.toLocaleLowerCase();
  const found =
    choices.find(([value]) => value === text) ??
    choices.find(([value]) => same(value)) ??
    choices.find(([, label]) => same(label));
  if (found) return { value: found[0] };
  return { value: text, reason: `“${shorten(text)}” is not one of the choices of this column.` };
}

function readNumber(column: Column, text: string): Reading {
  const match = NUMBER.exec(text);
  if (!match) return { value: text, reason: `“${shorten(text)}” is not a number.` };
  if (column.decimals !== undefined && (match[2] ?? "").length > column.decimals) {
    const reason =
      column.decimals === 0
        ? "This must be a whole number."
        : `This can have up to ${column.decimals} decimal places.`;
    return { value: text, reason };
  }
  const number = Number(text);
  const { min = -Infinity, max = Infinity } = column;
  if (number >= min && number <= max) return { value: text };
  if (column.max === undefined) return { value: text, reason: `This must be ${column.min} or more.` };
  if (column.min === undefined) return { value: text, reason: `This must be ${column.max} or less.` };
  return { value: text, reason: `This must be from ${column.min} to ${column.max}.` };
}

function readText(column: Column, text: string): Reading {
  const kept = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "");
  // Python counts code points, not UTF-16 units.
  const length = [...kept].length;
  if (column.max_length !== undefined && length > column.max_length) {
    const reason = `Text here can be up to ${column.max_length} characters; this is ${length}.`;
    return { value: kept, reason };
  }
  return { value: kept || null };
}

function shorten(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}

export interface TypeAheadResult {
  value: Value;
  /** More letters could still mean another choice. */
  ambiguous: boolean;
}

/**
 * The choice meant by letters typed in quick succession. The same letter again and again walks
 * through the choices that begin with it, as a native list does.
 */
export function typeAhead(column: Column, letters: string, current: Value): TypeAheadResult | null {
  const choices = column.choices ?? [];
  const wanted = letters.toLocaleLowerCase();
  const begins = (text: string) => text.toLocaleLowerCase().startsWith(wanted);
  const exact = choices.find(([value]) => value.toLocaleLowerCase() === wanted);
  const matches = choices.filter(([value, label]) => begins(value) || begins(label));
  if (exact) return { value: exact[0], ambiguous: matches.length > 1 };
  if (matches.length > 0) return { value: matches[0]![0], ambiguous: matches.length > 1 };
  const first = wanted[0];
  if (wanted.length > 1 && [...wanted].every((letter) => letter === first)) {
    const alike = choices.filter(([value, label]) =>
      [value, label].some((text) => text.toLocaleLowerCase().startsWith(first!)),
    );
    if (alike.length === 0) return null;
    const at = alike.findIndex(([value]) => value === current);
    return { value: alike[(at + 1) % alike.length]![0], ambiguous: alike.length > 1 };
  }
  return null;
}
