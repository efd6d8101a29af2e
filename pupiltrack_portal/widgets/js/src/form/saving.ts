import { el as make } from "../shared/dom";
import type { Value } from "./fields";

type Values = Record<string, Value>;

export interface Told {
  text?: string;
  problem?: boolean;
  /** Which sending this is the answer to. */
  turn?: number;
}

export interface Sent {
  values: Values;
  turn: number;
}

/** What was typed into a form as Python described it, kept while that description stands. */
const typedInto = new WeakMap<object, Values>();

const FIRST_RETRY = 5_000; // milliseconds without an answer
const MOST_RETRIES = 5; // each after twice as long as the one before

/**
 * Sends what was typed some moments after the last key, and at once when a field is left; again
 * where no answer comes. Only fields that were typed into are sent: what another person wrote in the
 * others meanwhile is not written over. What was typed and not sent yet outlasts that the form is
 * drawn again.
 */
export class Saving {
  readonly element = make("p", { class: "ptw-form-saved", role: "status" });
  private readonly unsent = new Set<string>();
  /** Sent, each at which turn, and nothing heard of it yet. */
  private readonly unanswered = new Map<string, number>();
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;
  private retries = 0;

  constructor(
    private readonly read: () => Values,
    private readonly send: (sent: Sent) => void,
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
    this.retries = 0;
    this.send(this.taken());
    this.wait();
  }

  /** Return what was typed and is not known to be stored, which goes with something else now. */
  taken(): Sent {
    clearTimeout(this.timer);
    this.turn += 1;
    for (const field of [...this.unsent, ...this.unanswered.keys()]) this.unanswered.set(field, this.turn);
    this.unsent.clear();
    const values = Object.entries(this.read()).filter(([field]) => this.unanswered.has(field));
    return { values: Object.fromEntries(values), turn: this.turn };
  }

  /** The value a field is drawn with: what was typed into it, where that is not known to Python. */
  valueOf(spec: object, field: string, told: Value): Value {
    const kept = typedInto.get(spec)?.[field];
    if (kept !== undefined) return kept;
    const isOpen = this.unsent.has(field) || this.unanswered.has(field);
    return isOpen ? (this.read()[field] ?? told) : told;
  }

  /** Show what Python says has become of what was sent. */
  say({ text = "", problem = false, turn = this.turn }: Told): void {
    for (const [field, at] of this.unanswered) if (at <= turn) this.unanswered.delete(field);
    if (this.unsent.size || this.unanswered.size) return; // more was typed meanwhile: it is not saved yet
    clearTimeout(this.again);
    this.element.textContent = text;
    this.element.classList.toggle("ptw-form-saved-problem", problem);
  }

  /** Send what is left, and nothing after it. */
  end(): void {
    this.flush();
    clearTimeout(this.again);
  }

  private wait(): void {
    clearTimeout(this.again);
    if (this.retries >= MOST_RETRIES) return;
    this.again = setTimeout(() => {
      this.retries += 1;
      this.send(this.taken());
      this.wait();
    }, FIRST_RETRY * 2 ** this.retries);
  }
}
