import { el } from "../shared/dom";

const ANSWER_FOR = 4_000;

/** One note beside a cell, on focus and on hover; Escape hides it, the pointer may move onto it. */
export class Tooltip {
  private readonly box: HTMLElement;
  private described: Element | null = null;
  private focusNote: { cell: Element; text: string } | null = null;
  private hideTimer = 0;

  constructor(root: HTMLElement, uid: string) {
    this.box = el("div", { class: "ptg-tip", role: "tooltip", id: `${uid}tip`, popover: "manual" });
    root.append(this.box);
    this.box.addEventListener("pointerenter", () => clearTimeout(this.hideTimer));
    this.box.addEventListener("pointerleave", () => this.leave());
  }

  get visible(): boolean {
    return this.box.matches(":popover-open");
  }

  /** The focus is on `cell`, which has this to say ("" for nothing). */
  focus(cell: Element, text: string): void {
    this.describe(text ? cell : null);
    this.focusNote = text ? { cell, text } : null;
    this.show(this.focusNote);
  }

  blur(): void {
    this.describe(null);
    this.focusNote = null;
    this.show(null);
  }

  hover(cell: Element, text: string): void {
    clearTimeout(this.hideTimer);
    if (text) this.show({ cell, text });
    else this.leave();
  }

  /** Show words for a few seconds: an answer to a key or a press that did nothing. */
  answer(beside: Element, text: string): void {
    this.show({ cell: beside, text });
    this.hideTimer = window.setTimeout(() => this.show(this.focusNote), ANSWER_FOR);
  }

  /** The pointer left: what the focused cell has to say comes back. */
  leave(): void {
    clearTimeout(this.hideTimer);
    this.hideTimer = window.setTimeout(() => this.show(this.focusNote), 150);
  }

  /** Hide until the focus or the pointer moves. Returns whether there was anything to hide. */
  dismiss(): boolean {
    const was = this.visible;
    this.focusNote = null;
    this.show(null);
    return was;
  }

  private describe(cell: Element | null): void {
    this.described?.removeAttribute("aria-describedby");
    // A heading or a figure of the foot has its own description already, the same in words.
    this.described = cell?.hasAttribute("aria-describedby") ? null : cell;
    this.described?.setAttribute("aria-describedby", this.box.id);
  }

  private show(note: { cell: Element; text: string } | null): void {
    clearTimeout(this.hideTimer);
    if (!note || !note.cell.isConnected) {
      if (this.visible) this.box.hidePopover();
      return;
    }
    this.box.textContent = note.text;
    if (!this.visible) this.box.showPopover();
    const cell = note.cell.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const left = Math.max(4, Math.min(cell.left, document.documentElement.clientWidth - width - 4));
    const below = cell.bottom + 6 + height <= innerHeight;
    this.box.style.left = `${left}px`;
    this.box.style.top = `${below ? cell.bottom + 6 : Math.max(4, cell.top - height - 6)}px`;
  }

  close(): void {
    clearTimeout(this.hideTimer);
    this.box.remove();
  }
}
