// The names of pupils that have come to the page, each with the number that stands in its place
// while names are hidden. Tables and grids tell the names they are given; nothing else knows which
// of a page's words are names.

const SURNAME = /^surname$/i;
const FORENAMES = /^forenames?$/i;

interface TableLike {
  rowHeading: string;
  columns: { label: string }[];
  rows: { head: { text: string }; cells: { text: string }[] }[];
}

const numbers = new Map<string, number>();
let told: () => void = () => {};

/** The names so far, as "Surname, Forenames", with their numbers from 1. */
export const knownNames = (): ReadonlyMap<string, number> => numbers;

/** Call `callback` whenever a name comes that was not known. */
export function whenLearned(callback: () => void): void {
  told = callback;
}

/** Learn names written "Surname, Forenames"; what is written otherwise is none. */
export function learnNames(names: Iterable<string>): void {
  const before = numbers.size;
  for (const name of names) {
    const whole = name.trim();
    if (/^[^,]+, *[^,]+/u.test(whole) && !numbers.has(whole)) numbers.set(whole, numbers.size + 1);
  }
  if (numbers.size > before) told();
}

/** Learn the names of a table whose rows are pupils. "Name" heads those of the pupils' own page. */
export function learnFromTable({ rowHeading, columns, rows }: TableLike): void {
  const onPupils = document.body?.dataset["page"] === "pupils";
  if (rowHeading === "Pupil" || (rowHeading === "Name" && onPupils)) {
    learnNames(rows.map((row) => row.head.text));
  }
  columns.forEach(({ label }, at) => {
    if (label === "Pupil") learnNames(rows.map(({ cells }) => cells[at]?.text ?? ""));
  });
  const surname = columns.findIndex(({ label }) => SURNAME.test(label));
  const forenames = columns.findIndex(({ label }) => FORENAMES.test(label));
  if (surname < 0 || forenames < 0) return;
  learnNames(rows.map(({ cells }) => `${cells[surname]?.text ?? ""}, ${cells[forenames]?.text ?? ""}`));
}
