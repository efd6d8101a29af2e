import { el as make } from "../shared/dom";
import type { Value } from "./fields";

type Values = Record<string, Value>;

export interface Told {
  text?: string;
  problem?: boolean;
}

/** What was typed into a form as Python described it, kept while that description stands. */
const typedInto = new WeakMap<object, Values>();

/**
 * Sends what a form holds some moments after the last key, and at once when a field is left. What
 * was typed and not sent yet outlasts that the form is drawn again.
 */
export class Saving {
  readonly element = make("p", { class: "ptw-form-saved", role: "status" });
  private readonly unsent = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly read: () => Values,
    private readonly send: (values: Values) => void,
  ) {}

  /** Take note of a key pressed in a field. */
  typed(spec: object, field: string, after: number): void {
    this.unsent.add(field);
    typedInto.set(spec, this.read());
    this.element.textContent = "Not saved yet";
    this.element.classList.remove("ptw-form-saved-problem");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), after);
  }

  /** Send now what was typed since the last time, if anything was. */
  flush(): void {
    if (!this.unsent.size) return;
    this.sent();
    this.send(this.read());
  }

  /** Take note that what the form holds goes with something else. */
  sent(): void {
    clearTimeout(this.timer);
    this.unsent.clear();
  }

  /** The value a field is drawn with: what was typed into it, where that is not known to Python. */
  valueOf(spec: object, field: string, told: Value): Value {
    const kept = typedInto.get(spec)?.[field];
    if (kept !== undefined) return kept;
    return this.unsent.has(field) ? (this.read()[field] ?? told) : told;
  }

  say({ text = "", problem = false }: Told): void {
    if (this.unsent.size) return; // more was typed meanwhile: it is not saved yet
    this.element.textContent = text;
    this.element.classList.toggle("ptw-form-saved-problem", problem);
  }
}
