// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";

import table from "./index";
import { longestTexts, wholeRows } from "./sorting";

const rows = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ key: `p${at}`, head: `Pupil ${at}`, cells: [{ text: "1", press: "Open" }, "b"] }));
const spec = (count: number) => ({
  caption: "Pupils",
  rowHeading: "Pupil",
  columns: ["a", "b"].map((key) => ({ key, label: key, numeric: false, description: "" })),
  rows: rows(count),
  sortable: true,
  empty: "Nothing to show.",
  reveal: false,
});

let traits: Record<string, unknown>;
let told: Record<string, () => void>;
let el: HTMLElement;
const frame = () => vi.advanceTimersByTime(70);

beforeEach(() => {
  vi.useFakeTimers();
  document.body.replaceChildren((el = document.createElement("div")));
  traits = { pressed: "", focus_wanted: {} };
  told = {};
});

function show(count: number): () => void {
  traits["spec"] = spec(count);
  const model = { get: (name: string) => traits[name], on: (event: string, call: () => void) => (told[event] = call), off: () => {}, send: () => {} };
  return table.render({ model, el } as never) as () => void;
}
const shown = () => [...el.querySelectorAll("tbody tr:not(.ptw-sizer) th")].map((head) => head.textContent);

test("a short table is drawn at once", () => {
  show(30);
  expect(shown()).toHaveLength(30);
  expect(el.querySelector(".ptw-sizer")).toBeNull();
});

test("a long table is whole after some pauses, in order, without the row that held its widths", () => {
  show(210);
  expect(shown()).toHaveLength(30);
  expect(el.querySelector(".ptw-sizer")?.getAttribute("aria-hidden")).toBe("true");
  for (let i = 0; i < 4; i += 1) frame();
  expect(shown()).toEqual(rows(210).map((row) => row.head));
  expect(el.querySelector(".ptw-sizer")).toBeNull();
});

test("a table that changes while it is drawn shows the new rows only", () => {
  show(210);
  traits["spec"] = spec(50);
  told["change:spec"]!();
  for (let i = 0; i < 6; i += 1) frame();
  expect(shown()).toEqual(rows(50).map((row) => row.head));
});

test("a table is whole on paper", () => {
  const end = show(210);
  window.dispatchEvent(new Event("beforeprint"));
  expect(shown()).toHaveLength(210);
  end();
});

test("the focus comes back to a cell beyond the first rows", () => {
  show(210);
  for (let i = 0; i < 4; i += 1) frame();
  el.querySelector<HTMLElement>('[data-at="p200/a"]')!.focus();
  told["change:spec"]!();
  for (let i = 0; i < 4; i += 1) frame();
  expect((document.activeElement as HTMLElement).dataset["at"]).toBe("p200/a");
});

test("longestTexts is of every row, heading first", () => {
  const whole = wholeRows([
    { key: "1", head: "Ann", cells: ["long text", "x"] },
    { key: "2", head: { text: "Bartholomew" }, cells: ["y", { text: "zz" }] },
  ]);
  expect(longestTexts(whole, 2)).toEqual(["Bartholomew", "long text", "zz"]);
  expect(longestTexts([], 1)).toEqual(["", ""]);
});

test("a row that is wanted has the focus, however far down it stands", () => {
  show(210);
  traits["spec"] = { ...spec(210), rows: rows(210).map((row) => ({ ...row, head: { text: row.head, press: `Open ${row.head}` } })) };
  told["change:spec"]!();
  traits["focus_wanted"] = { at: "p150/", time: 1 };
  told["change:focus_wanted"]!();
  frame();
  expect(document.activeElement?.textContent).toBe("Pupil 150");
});

test("a cell of a column that is drawn holds its drawing, with nothing that could run", () => {
  show(1);
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Of 4" onload="x()"><script>x()</script><rect/></svg>';
  const [row] = rows(1);
  const columns = [{ key: "a", label: "a", numeric: false, description: "", drawn: true }];
  traits["spec"] = { ...spec(1), columns, rows: [{ ...row, cells: [{ text: "", drawing: svg }] }] };
  told["change:spec"]!();
  const drawn = el.querySelector("td.ptw-drawn svg")!;
  expect(drawn.getAttribute("aria-label")).toBe("Of 4");
  expect([drawn.getAttribute("onload"), drawn.querySelector("script")]).toEqual([null, null]);
  expect(el.querySelectorAll("th.ptw-drawn")).toHaveLength(1);
});

test("a note stands under what the cell says, and a cell without one has none", () => {
  show(1);
  const [row] = rows(1);
  traits["spec"] = { ...spec(1), rows: [{ ...row, cells: [{ text: "12 (40 %)", note: "+5 points" }, "b"] }] };
  told["change:spec"]!();
  expect(el.querySelector(".ptw-cell-note")?.textContent).toBe("+5 points");
  expect(el.querySelectorAll(".ptw-cell-note")).toHaveLength(1);
});
