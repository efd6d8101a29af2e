// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeModel, field } from "./examples";
import type { Field } from "./fields";
import form from "./index";

const OPTIONS: Field["options"] = [["", "None"], ["0", "Unique Pupil Number"], ["7", "Notes"]];
const sen = (parts: Partial<Field> = {}): Field =>
  field({ key: "sen", label: "SEN", kind: "select", options: OPTIONS, tells: true, ...parts });
const spec = (...fields: Field[]): object => ({
  ...{ name: "columns", legend: "Columns", layout: "grid", fields, saves: 0, fold: "", open: false },
  buttons: [{ key: "check", label: "Check" }],
});

describe("a form that is drawn again while somebody chooses from a list", () => {
  let model: FakeModel;
  let el: HTMLElement;
  let select: HTMLSelectElement;
  let end: () => void;
  const found = (): HTMLSelectElement | null => el.querySelector('[data-field="sen"]');

  function draw(...fields: Field[]): void {
    const none = { chips: {}, steps: {}, said: "", errors: {}, address: "", focus_wanted: 0, saved: {} };
    model = new FakeModel({ ...none, spec: spec(...fields) });
    end = form.render({ model, el } as never);
    select = found()!;
    select.focus();
  }
  function choose(value: string): void {
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
  beforeEach(() => {
    el = document.createElement("div");
    document.body.replaceChildren(el);
  });
  afterEach(() => end());

  it("leaves the list where it is, and draws everything around it", () => {
    draw(field({ key: "a" }), sen(), field({ key: "b" }));
    const watcher = new MutationObserver(() => {});
    watcher.observe(el, { childList: true, subtree: true });
    choose("7");
    const more = field({ key: "c", kind: "check", fold: "More" });
    model.set("spec", spec(field({ key: "a", value: "A" }), more, sen({ label: "Needs", hint: "Values: K", value: "7" }), field({ key: "d" })));
    expect(found()).toBe(select);
    expect(document.activeElement).toBe(select);
    const removed = watcher.takeRecords().flatMap((record) => [...record.removedNodes]);
    expect(removed.filter((node) => node.contains(select))).toEqual([]);
    expect([...el.querySelectorAll<HTMLElement>("[data-field]")].map((one) => one.dataset["field"])).toEqual(
      ["a", "fold-More", "c", "sen", "d", "button-check"],
    );
    expect(el.querySelector<HTMLInputElement>("input")?.value).toBe("A");
    expect(el.querySelector(`label[for="${select.id}"]`)?.textContent).toBe("Needs");
    const described = select.getAttribute("aria-describedby")?.split(" ") ?? [];
    expect(described.map((id) => document.getElementById(id)?.textContent)).toEqual(["Values: K", ""]);
    expect(described).toHaveLength(2);
    model.set("errors", { sen: "Chosen twice" });
    expect(select.getAttribute("aria-invalid")).toBe("true");
    model.set("errors", {});
    select.focus(); // the list of what is wrong took it
    choose("0");
    expect(model.sent.map((item) => item.values?.["sen"])).toEqual(["7", "0"]);
    model.set("spec", spec(sen({ value: "0" })));
    expect(found()).toBe(select);
    expect(el.querySelector(".ptw-hint")).toBeNull();
  });
  it.each([
    ["other choices", { value: "7", options: OPTIONS.slice(1) }],
    ["another value", { value: "0" }],
    ["another place", { value: "7", fold: "More" }],
  ])("makes the list anew for %s", (_what, parts) => {
    draw(sen());
    choose("7");
    model.set("spec", spec(sen(parts)));
    expect(found()).not.toBe(select);
    expect(found()?.value).toBe(parts.value);
    expect(el.querySelectorAll("select")).toHaveLength(1);
  });
  it("makes anew a list that nobody is at", () => {
    draw(sen());
    select.blur();
    model.set("spec", spec(sen()));
    expect(found()).not.toBe(select);
  });
});
