import type { Model } from "./anywidget";

/** Draw now and whenever one of the traits changes; returns what anywidget calls to clean up. */
export function follow(model: Model, traits: string[], draw: () => void): () => void {
  for (const trait of traits) model.on(`change:${trait}`, draw);
  draw();
  return () => {
    for (const trait of traits) model.off(`change:${trait}`, draw);
  };
}

let made = 0;

/** An id that no other element of the page has. */
export function freshId(stem: string): string {
  made += 1;
  return `${stem}-${made}-${Math.random().toString(36).slice(2, 8)}`;
}
