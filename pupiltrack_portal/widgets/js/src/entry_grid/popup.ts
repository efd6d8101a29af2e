import { el } from "../shared/dom";

/**
 * A box on top of the page beside an element: a menu or a small dialog. It lies in the browser's
 * top layer, so no scrolling ancestor cuts it off.
 */
export class Popup {
  readonly box: HTMLElement;
  private closed = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly beside: Element,
    attributes: Record<string, string>,
    content: Node[],
    private readonly onClosed: (returnFocus: boolean) => void,
  ) {
    this.box = el("div", { popover: "manual", ...attributes }, ...content);
    this.box.classList.add("ptg-popup");
    this.root.append(this.box);
    this.box.showPopover();
    this.place();
    this.box.addEventListener("keydown", this.onKey);
    this.box.addEventListener("focusout", this.onFocusOut);
    document.addEventListener("pointerdown", this.onPointer, true);
    window.addEventListener("scroll", this.place, true);
    window.addEventListener("resize", this.place);
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Find a place anew after the content has changed. */
  settle(): void {
    if (!this.closed) this.place();
  }

  private readonly place = (): void => {
    const anchor = this.beside.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const left = Math.max(4, Math.min(anchor.left, document.documentElement.clientWidth - width - 4));
    const below = anchor.bottom + height <= innerHeight - 4;
    const top = below ? anchor.bottom : Math.max(4, anchor.top - height);
    this.box.style.left = `${left}px`;
    this.box.style.top = `${Math.min(top, Math.max(4, innerHeight - height - 4))}px`;
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.close(true);
  };

  private readonly onFocusOut = (event: FocusEvent): void => {
    const to = event.relatedTarget;
    if (to instanceof Node && !this.box.contains(to)) this.close(false);
  };

  private readonly onPointer = (event: Event): void => {
    if (event.target instanceof Node && !this.box.contains(event.target)) this.close(false);
  };

  close(returnFocus: boolean): void {
    if (this.closed) return;
    this.closed = true;
    document.removeEventListener("pointerdown", this.onPointer, true);
    window.removeEventListener("scroll", this.place, true);
    window.removeEventListener("resize", this.place);
    // Back to the grid first: removing the focused element would drop the focus on the page.
    this.onClosed(returnFocus);
    this.box.remove();
  }
}
