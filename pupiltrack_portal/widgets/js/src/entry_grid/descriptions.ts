import { el } from "../shared/dom";

/** Descriptions are text of their own, not part of a cell's name; each wording is there once. */
export class Descriptions {
  readonly element = el("div", { hidden: "" });
  private readonly ids = new Map<string, string>();
  private readonly places = new Map<string, HTMLElement>();

  constructor(private readonly uid: string) {}

  describe(cell: Element, text: string): void {
    if (!text) return;
    let id = this.ids.get(text);
    if (!id) {
      id = `${this.uid}d${this.ids.size}`;
      this.ids.set(text, id);
      this.element.append(el("span", { id }, text));
    }
    cell.setAttribute("aria-describedby", id);
  }

  /** For words that change: `place` names a text of its own that is written anew. */
  describeAt(cell: Element, place: string, text: string): void {
    const id = `${this.uid}${place}`;
    if (!text) {
      cell.removeAttribute("aria-describedby");
      return;
    }
    let holder = this.places.get(id);
    if (!holder) {
      holder = el("span", { id });
      this.places.set(id, holder);
      this.element.append(holder);
    }
    holder.textContent = text;
    cell.setAttribute("aria-describedby", id);
  }
}
