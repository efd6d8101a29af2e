import { el } from "../shared/dom";
import type { Column, Value } from "./wire";

export type After = "stay" | "down" | "up" | "right" | "left" | "none";

export interface EditorEvents {
  /** The text or choice to enter, and where to go then; "none" when the focus has already left. */
  commit(text: string, after: After): void;
  cancel(): void;
}

/** The control that stands in a cell while it is edited: a native select, or a text box. */
export class CellEditor {
  private readonly control: HTMLSelectElement | HTMLTextAreaElement | HTMLInputElement;
  private done = false;
  private usedKeys = false;

  constructor(
    readonly cell: HTMLTableCellElement,
    private readonly column: Column,
    name: string,
    value: Value,
    /** Text that replaces the value: the first letter typed. Null edits what is there. */
    private readonly typed: string | null,
    private readonly events: EditorEvents,
  ) {
    this.control = this.makeControl(name, value);
    cell.classList.add("ptg-editing");
    cell.replaceChildren(this.control);
    this.control.addEventListener("keydown", (event) => this.onKey(event as KeyboardEvent));
    this.control.addEventListener("blur", () => this.finish("none"));
    for (const kind of ["copy", "cut", "paste", "pointerdown", "dblclick"]) {
      this.control.addEventListener(kind, (event) => event.stopPropagation());
    }
    this.control.focus({ preventScroll: true });
    if (this.control instanceof HTMLSelectElement) return;
    if (typed === null) this.control.select();
    this.grow();
    this.control.addEventListener("input", () => this.grow());
  }

  private makeControl(name: string, value: Value): HTMLSelectElement | HTMLTextAreaElement | HTMLInputElement {
    const attributes = { class: "ptg-editor", "aria-label": name, autocomplete: "off" };
    if (this.column.kind === "choice") {
      const select = el("select", attributes, el("option", { value: "" }, "(blank)"));
      for (const [choice, label] of this.column.choices ?? []) {
        select.append(el("option", { value: choice }, label));
      }
      select.value = value ?? "";
      select.addEventListener("change", () => {
        // Chosen with the pointer: done. With arrow keys the person may still be looking.
        if (!this.usedKeys) this.finish("stay");
      });
      select.addEventListener("pointerdown", () => (this.usedKeys = false));
      return select;
    }
    const box =
      this.column.kind === "text"
        ? el("textarea", { ...attributes, class: "ptg-editor ptg-editor-text", rows: 1 })
        : el("input", { ...attributes, type: "text", inputmode: "decimal" });
    box.spellcheck = this.column.kind === "text";
    box.value = this.typed ?? value ?? "";
    return box;
  }

  /** Open the list under a select that was clicked. */
  openList(): void {
    if (!(this.control instanceof HTMLSelectElement)) return;
    try {
      this.control.showPicker();
    } catch {
      // Older browsers, or no recent click: the list opens with the next click or Alt+Down.
    }
  }

  private grow(): void {
    if (!(this.control instanceof HTMLTextAreaElement)) return;
    this.control.style.height = "auto";
    this.control.style.height = `${Math.min(this.control.scrollHeight + 2, 160)}px`;
  }

  private onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    this.usedKeys = true;
    if (event.isComposing) return;
    const after = this.afterKey(event);
    if (after === null) return;
    event.preventDefault();
    if (after === "cancel") this.cancel();
    else this.finish(after);
  }

  private afterKey({ key, shiftKey, altKey, ctrlKey }: KeyboardEvent): After | "cancel" | null {
    if (key === "Escape") return "cancel";
    if (key === "Tab") return shiftKey ? "left" : "right";
    if (key === "Enter") {
      if (altKey && this.control instanceof HTMLTextAreaElement) {
        this.control.setRangeText("\n", this.control.selectionStart, this.control.selectionEnd, "end");
        this.grow();
        return null;
      }
      return shiftKey ? "up" : "down";
    }
    const quick = this.column.kind === "number" || this.typed !== null;
    if (quick && !altKey && !ctrlKey && this.column.kind !== "choice") {
      if (key === "ArrowDown") return "down";
      if (key === "ArrowUp") return "up";
    }
    return null;
  }

  cancel(): void {
    if (this.done) return;
    this.done = true;
    this.events.cancel();
  }

  finish(after: After): void {
    if (this.done) return;
    this.done = true;
    this.events.commit(this.control.value, after);
  }
}
