import { el as make } from "../shared/dom";
import { freshId } from "../shared/follow";

/**
 * Parts of a form that are folded away behind a button in its row. They stay as they are when the
 * form is drawn again, and are all closed when it is sent.
 */
export class Folds {
  private readonly open = new Set<string>();
  private drawn = new Map<string, { button: HTMLButtonElement; panel: HTMLElement }>();

  /** Forget what was drawn; `panelOf` then makes each anew. */
  startAgain(): void {
    this.drawn = new Map();
  }

  /** Return the panel of this name, with its button before it in `row` when it is asked for first. */
  panelOf(name: string, row: HTMLElement, panelClass: string): HTMLElement {
    const known = this.drawn.get(name);
    if (known) return known.panel;
    const panel = make("div", { class: `ptw-fold-panel ${panelClass}`, id: freshId("ptw-fold") });
    const button = make(
      "button",
      {
        type: "button",
        class: "ptw-fold",
        "aria-controls": panel.id,
        "data-field": `fold-${name}`,
      },
      name,
    );
    this.drawn.set(name, { button, panel });
    button.addEventListener("click", () => {
      if (!this.open.delete(name)) this.open.add(name);
      this.show(name);
    });
    row.append(button, panel);
    this.show(name);
    return panel;
  }

  closeAll(): void {
    this.open.clear();
    for (const name of this.drawn.keys()) this.show(name);
  }

  private show(name: string): void {
    const part = this.drawn.get(name);
    if (!part) return;
    const isOpen = this.open.has(name);
    part.button.setAttribute("aria-expanded", String(isOpen));
    part.panel.hidden = !isOpen;
  }
}

const openWholes = new WeakMap<object, boolean>();

/**
 * Fold the whole of a form away behind its heading. It stays open or closed, `of` being its model,
 * when it is drawn again; `isOpen` is how it begins.
 */
export function foldWhole(of: object, name: string, isOpen: boolean, content: HTMLElement[]): HTMLElement[] {
  const panel = make("div", { class: "ptw-whole-panel", id: freshId("ptw-whole") }, ...content);
  const button = make("button", { type: "button", class: "ptw-fold", "aria-controls": panel.id, "data-field": "fold" }, name);
  const show = (open: boolean): void => {
    openWholes.set(of, open);
    button.setAttribute("aria-expanded", String(open));
    panel.hidden = !open;
  };
  button.addEventListener("click", () => show(panel.hidden !== false));
  show(openWholes.get(of) ?? isOpen);
  return [make("h3", { class: "ptw-whole-heading" }, button), panel];
}
