import type { Model } from "../shared/anywidget";
import type { Field } from "./fields";

/** A field with nothing in it but what is given. */
export const field = (parts: Partial<Field>): Field => ({
  key: "k",
  label: "Label",
  kind: "text",
  value: "",
  hint: "",
  options: [],
  fold: "",
  tells: false,
  clears: [],
  accept: "",
  maxLength: 100,
  ...parts,
});

/** What Python holds of a form: its traits, and what it was sent. */
export class FakeModel implements Model {
  sent: { kind: string; values?: Record<string, unknown> }[] = [];
  private readonly heard = new Map<string, () => void>();
  constructor(private readonly traits: Record<string, unknown>) {}
  get = (name: string): unknown => this.traits[name];
  on = (event: string, callback: () => void): void => void this.heard.set(event, callback);
  off = (event: string): void => void this.heard.delete(event);
  send = (content: unknown): void => void this.sent.push(content as FakeModel["sent"][number]);
  set(name: string, value: unknown): void {
    this.traits[name] = value;
    this.heard.get(`change:${name}`)?.();
  }
}
