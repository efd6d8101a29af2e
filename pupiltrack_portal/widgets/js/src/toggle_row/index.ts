import { showInAddress } from "../shared/address";
import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { follow, freshId } from "../shared/follow";
import "./style.css";

type Toggle = [key: string, label: string, on: boolean, hint: string];

/** Buttons that are pressed or not; the kernel decides and draws them anew. */
function render({ model, el }: RenderContext): () => void {
  const legend = make("span", { class: "ptw-toggle-legend", id: freshId("ptw-toggles") });
  const row = make("div", { class: "ptw-toggles", role: "group", "aria-labelledby": legend.id }, legend);
  el.append(row);
  const buttons = new Map<string, HTMLButtonElement>();

  function button(key: string): HTMLButtonElement {
    const mark = make("span", { class: "ptw-toggle-mark", "aria-hidden": "true" });
    const made = make("button", { type: "button", class: "ptw-toggle" }, mark, make("span", {}));
    made.addEventListener("click", () => {
      model.send({ kind: "toggle", key, on: made.getAttribute("aria-pressed") !== "true" });
    });
    buttons.set(key, made);
    return made;
  }

  const draw = follow(model, ["legend", "toggles"], () => {
    legend.textContent = model.get("legend") as string;
    const toggles = model.get("toggles") as Toggle[];
    row.hidden = toggles.length === 0;
    const known = new Set(toggles.map(([key]) => key));
    for (const [key, gone] of buttons) {
      if (known.has(key)) continue;
      gone.remove();
      buttons.delete(key);
    }
    // In place: the switch just pressed keeps the focus.
    toggles.forEach(([key, label, on, hint], at) => {
      const shown = buttons.get(key) ?? button(key);
      shown.setAttribute("aria-pressed", String(on));
      shown.firstElementChild!.textContent = on ? "✓" : model.get("is_choice") ? "" : "+";
      shown.lastElementChild!.textContent = label;
      if (hint) shown.title = hint;
      if (row.children[at + 1] !== shown) row.insertBefore(shown, row.children[at + 1] ?? null);
    });
  });
  const address = follow(model, ["address"], () => showInAddress(model.get("address") as string));
  return () => [draw, address].forEach((end) => end());
}

export default { render };
