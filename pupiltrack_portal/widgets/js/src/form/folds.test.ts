// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { Folds } from "./folds";

describe("Folds", () => {
  it("opens and closes a panel, and keeps it open when the form is drawn again", () => {
    const folds = new Folds();
    let row = document.createElement("div");
    expect(folds.panelOf("More", row, "").hidden).toBe(true);
    row.querySelector("button")?.click();
    expect(row.querySelector("button")?.getAttribute("aria-expanded")).toBe("true");

    folds.startAgain();
    row = document.createElement("div");
    const panel = folds.panelOf("More", row, "");
    expect(folds.panelOf("More", row, "")).toBe(panel);
    expect(row.querySelectorAll("button")).toHaveLength(1);
    expect(panel.hidden).toBe(false);
    expect(row.querySelector("button")?.getAttribute("aria-controls")).toBe(panel.id);
    row.querySelector("button")?.click();
    expect(panel.hidden).toBe(true);
  });
  it("closes them all", () => {
    const folds = new Folds();
    const row = document.createElement("div");
    const panel = folds.panelOf("More", row, "");
    row.querySelector("button")?.click();
    folds.closeAll();
    expect(panel.hidden).toBe(true);
    expect(row.querySelector("button")?.getAttribute("aria-expanded")).toBe("false");
  });
});
