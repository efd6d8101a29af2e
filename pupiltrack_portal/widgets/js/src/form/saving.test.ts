// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeModel, field as described } from "./examples";
import form from "./index";

const text = (key: string, value = ""): object => described({ key, label: key, value });
const spec = (parts: object = {}): object => ({
  ...{ name: "notes", legend: "Notes", layout: "grid", fields: [text("a", "A"), text("b", "B")] },
  ...{ buttons: [{ key: "delete", label: "Delete" }], saves: 1500, fold: "", open: false },
  ...parts,
});

describe("a form that saves what is typed", () => {
  let model: FakeModel;
  let el: HTMLElement;
  let end: () => void;

  function draw(): void {
    el = document.createElement("div");
    document.body.replaceChildren(el);
    end = form.render({ model, el } as never);
  }
  const field = (at: number): HTMLInputElement => el.querySelectorAll("input")[at] as HTMLInputElement;
  const status = (): string | null | undefined => el.querySelector("[role=status].ptw-form-saved")?.textContent;
  function type(at: number, value: string): void {
    field(at).focus();
    field(at).value = value;
    field(at).dispatchEvent(new Event("input", { bubbles: true }));
  }
  beforeEach(() => {
    vi.useFakeTimers();
    const none = { chips: {}, steps: {}, said: "", errors: {}, address: "", focus_wanted: 0, saved: {} };
    model = new FakeModel({ ...none, spec: spec() });
    draw();
  });
  afterEach(() => {
    end();
    vi.useRealTimers();
  });

  it("sends what was typed once, some moments after the last key", () => {
    type(0, "A1");
    vi.advanceTimersByTime(1000);
    type(0, "A12");
    vi.advanceTimersByTime(1499);
    expect(model.sent).toEqual([]);
    expect(status()).toBe("Not saved yet");
    vi.advanceTimersByTime(1);
    expect(model.sent).toEqual([{ kind: "typed", values: { a: "A12" }, turn: 1 }]);
    model.set("saved", { text: "Saved at 10:00" });
    vi.advanceTimersByTime(1_000_000);
    expect(model.sent.length).toBe(1);
  });
  it("sends again what nothing is heard of, with what was typed since, and not for ever", () => {
    type(0, "A1");
    vi.advanceTimersByTime(1500 + 5000);
    expect(model.sent.map((item) => item.values)).toEqual([{ a: "A1" }, { a: "A1" }]);
    type(1, "B1");
    vi.advanceTimersByTime(1500);
    expect(model.sent.at(-1)?.values).toEqual({ a: "A1", b: "B1" });
    vi.advanceTimersByTime(10_000_000);
    expect(model.sent.length).toBe(3 + 5);
  });
  it("sends with a button what was typed, and nothing that was not", () => {
    type(1, "B1");
    el.querySelector<HTMLButtonElement>("button")?.click();
    return vi.waitFor(() => expect(model.sent).toEqual([{ kind: "button", button: "delete", values: { b: "B1" }, turn: 1, files: {} }]));
  });
  it("sends at once when the field is left, and with Enter", () => {
    type(0, "A1");
    field(0).dispatchEvent(new Event("change", { bubbles: true }));
    type(1, "B1");
    el.querySelector("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
    expect(model.sent.map((item) => item.kind)).toEqual(["typed", "typed"]);
  });
  it("has no button that Enter would press", () => {
    expect([...el.querySelectorAll("button")].map((button) => button.type)).toEqual(["button"]);
  });
  it("keeps what is typed when Python draws other values", () => {
    type(0, "A1");
    model.set("spec", spec({ fields: [text("a", "theirs"), text("b", "theirs")] }));
    expect([field(0).value, field(1).value]).toEqual(["A1", "theirs"]);
    expect(document.activeElement).toBe(field(0));
  });
  it("keeps what was typed when it goes out of sight and comes back", () => {
    type(0, "A1");
    end();
    expect(model.sent.length).toBe(1);
    draw();
    expect(field(0).value).toBe("A1");
  });
  it("takes what Python draws once it has answered", () => {
    type(0, "A1");
    vi.advanceTimersByTime(1500);
    model.set("saved", { text: "Saved at 10:00" });
    model.set("spec", spec({ fields: [text("a", "theirs"), text("b", "B")] }));
    expect(field(0).value).toBe("theirs");
  });
  it("says what Python says, unless more was typed meanwhile", () => {
    type(0, "A1");
    model.set("saved", { text: "Saved at 10:00", problem: false });
    expect(status()).toBe("Not saved yet");
    vi.advanceTimersByTime(1500);
    model.set("saved", { text: "Not saved: too long", problem: true });
    expect(status()).toBe("Not saved: too long");
    expect(el.querySelector(".ptw-form-saved-problem")).not.toBeNull();
  });
  it("takes the focus once when it is asked to, wherever it is drawn after that", () => {
    model.set("focus_wanted", 1);
    vi.advanceTimersByTime(50);
    expect(document.activeElement).toBe(field(0));
    end();
    draw();
    vi.advanceTimersByTime(50);
    expect(document.activeElement).not.toBe(field(0));
  });
  it("waits for the answer to what was sent last", () => {
    type(0, "A1");
    vi.advanceTimersByTime(1500);
    type(1, "B1");
    vi.advanceTimersByTime(1500);
    model.set("saved", { text: "Saved at 10:00", turn: 1 });
    expect(status()).toBe("Not saved yet");
    model.set("spec", spec({ fields: [text("a", "theirs"), text("b", "theirs")] }));
    expect([field(0).value, field(1).value]).toEqual(["A1", "B1"]); // both went with the second
    model.set("saved", { text: "Saved at 10:01", turn: 2 });
    expect(status()).toBe("Saved at 10:01");
  });
  it("folds as a whole, and stays open when it is drawn again", () => {
    model.set("spec", spec({ fold: "Reading" }));
    const heading = (): HTMLButtonElement => el.querySelector("h3 > button") as HTMLButtonElement;
    expect(heading().getAttribute("aria-expanded")).toBe("false");
    expect(el.querySelector<HTMLElement>(".ptw-whole-panel")?.hidden).toBe(true);
    heading().click();
    model.set("spec", spec({ fold: "Reading" }));
    expect(heading().getAttribute("aria-expanded")).toBe("true");
    expect(el.querySelector<HTMLElement>(".ptw-whole-panel")?.hidden).toBe(false);
  });
});
