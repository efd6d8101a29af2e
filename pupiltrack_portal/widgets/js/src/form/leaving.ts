import type { Model } from "../shared/anywidget";
import type { Control, Field } from "./fields";

/** Whether a control holds something else than its field was drawn with. */
export function isTyped(fields: readonly Field[], controls: ReadonlyMap<string, Control>): boolean {
  return fields.some((field) => {
    const made = controls.get(field.key);
    if (!made || field.kind === "file") return made?.file() != null;
    return JSON.stringify(made.value()) !== JSON.stringify(field.value);
  });
}

/**
 * Have the browser ask before the tab is closed over what was typed and not saved: what Python does
 * not know of yet, and what Python says was drawn but not saved. Returns how to end it.
 */
export function guardLeaving(model: Model, hasTyped: () => boolean): () => void {
  const ask = (event: BeforeUnloadEvent): void => {
    if (!model.get("asks_on_leaving")) return;
    if (model.get("is_unsaved") || hasTyped()) event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}
