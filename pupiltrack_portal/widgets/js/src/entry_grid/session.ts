import type { Model } from "../shared/anywidget";
import { type View } from "./ordering";
import { Sender } from "./sender";
import { type CellAddress, type Edit, Store } from "./store";
import { History, replay } from "./undo";
import { count, saveStatus, timeOfDay } from "./words";
import type { Data, FromKernel, Value } from "./wire";

/** What a view wants to be told. */
export interface Listener {
  cells(addresses: readonly CellAddress[]): void;
  rows(): void;
  foot(): void;
  all(): void;
  status(): void;
  say(text: string): void;
}

const TICK_FOR = 2_500;
const QUIET_BEFORE_SAVED = 1_500;

function newClient(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * All that belongs to one model rather than to one view of it: what is stored, what is being sent,
 * what can be undone. A grid hidden and shown again finds its typed values here.
 */
export class Session {
  readonly store = new Store();
  readonly history = new History();
  readonly sender: Sender;
  view: View = { sort: null, filters: new Map() };
  private savedAt: Date | null = null;
  private message = "";
  private readonly listeners = new Set<Listener>();
  private tickTimer = 0;
  private saidTimer = 0;

  constructor(private readonly model: Model) {
    this.sender = new Sender(
      this.store,
      (batch) => model.send(batch),
      {
        touched: (cells) => this.tell((listener) => listener.cells(cells)),
        answered: (answer, counts) => {
          if (answer.foot) this.tell((listener) => listener.foot());
          if (answer.rows) this.tell((listener) => listener.rows());
          this.message = answer.message;
          if (counts.saved > 0) this.noteSaved();
          this.sayTrouble(counts);
        },
        failed: (reason) => this.say(`Not saved yet. ${reason}`),
        status: () => this.tell((listener) => listener.status()),
      },
      { after: (ms, run) => window.setTimeout(run, ms), cancel: (timer) => clearTimeout(timer) },
      newClient(),
    );
    this.store.load(model.get("data") as Data);
    model.on("change:data", this.onData);
    model.on("change:row_opens", this.onRowOpens);
    model.on("msg:custom", this.onMessage);
    window.addEventListener("online", this.onOnline);
    window.addEventListener("beforeunload", this.onLeave);
    // Anything pushed while this module was still loading is made good by Python.
    model.send({ type: "open", revision: this.store.revision });
  }

  get rowOpens(): boolean {
    return this.model.get("row_opens") === true;
  }

  get statusText(): string {
    return saveStatus(this.store.counts(), this.savedAt, this.message);
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  say(text: string): void {
    this.tell((listener) => listener.say(text));
  }

  openRow(row: string): void {
    this.model.send({ type: "row_open", row });
  }

  /**
   * Take entries as one step that can be undone. `join` adds to the last step of the same cell;
   * `delay` holds the sending back while more letters may come. Returns the cells that changed.
   */
  enter(edits: readonly Edit[], label: string, options: { join?: boolean; delay?: number } = {}): CellAddress[] {
    const before = new Map(edits.map((edit) => [edit, this.store.shownValue(edit.row, edit.column)]));
    const touched = this.store.edit(edits);
    const names = new Set(touched.map(({ row, column }) => `${row}\u0000${column}`));
    this.history.add(
      {
        label,
        differences: edits
          .filter(({ row, column }) => names.has(`${row}\u0000${column}`))
          .map((edit) => ({
            row: edit.row,
            column: edit.column,
            before: before.get(edit) as Value,
            after: edit.value,
          })),
      },
      options.join ?? false,
    );
    this.after(touched, options.delay);
    return touched;
  }

  private after(touched: readonly CellAddress[], delay = 0): void {
    this.message = "";
    this.tell((listener) => listener.cells(touched));
    this.sender.kick(delay);
    this.tell((listener) => listener.status());
  }

  step(direction: "undo" | "redo"): CellAddress[] {
    const step = direction === "undo" ? this.history.undo() : this.history.redo();
    if (!step) {
      this.say(direction === "undo" ? "Nothing to undo." : "Nothing to do again.");
      return [];
    }
    const { edits, skipped } = replay(step, direction, (row, column) => this.store.shownValue(row, column));
    const touched = this.store.edit(edits);
    this.after(touched);
    const done = direction === "undo" ? "Undone" : "Done again";
    const left =
      skipped > 0 ? ` ${count(skipped, "cell")} changed since by someone else, left as now.` : "";
    this.say(`${done}: ${step.label}.${left}`);
    return touched;
  }

  resolve(row: string, column: string, keep: "mine" | "theirs"): void {
    this.store.resolve(row, column, keep);
    this.after([{ row, column }]);
    this.say(keep === "mine" ? "Your entry is kept." : "The other entry is taken.");
  }

  restore(row: string, column: string): boolean {
    if (!this.store.restore(row, column)) return false;
    this.after([{ row, column }]);
    this.say("The saved value is back.");
    return true;
  }

  private noteSaved(): void {
    this.savedAt = new Date();
    clearTimeout(this.tickTimer);
    this.tickTimer = window.setTimeout(() => {
      const touched = this.store.forgetSaved();
      this.tell((listener) => listener.cells(touched));
    }, TICK_FOR);
    // Not after each cell: a screen reader would never finish a sentence.
    clearTimeout(this.saidTimer);
    this.saidTimer = window.setTimeout(() => {
      const { pending, unsaved } = this.store.counts();
      if (pending + unsaved > 0 || !this.savedAt) return;
      this.say(this.message || `All changes saved ${timeOfDay(this.savedAt)}`);
    }, QUIET_BEFORE_SAVED);
  }

  private sayTrouble(counts: { refused: number; conflict: number; unsaved: number; firstReason: string }): void {
    const parts: string[] = [];
    if (counts.refused > 0) parts.push(`${count(counts.refused, "cell")} not saved. ${counts.firstReason}`);
    if (counts.conflict > 0) {
      parts.push(`${count(counts.conflict, "cell")} changed by someone else. Choose which value to keep.`);
    }
    if (counts.unsaved > 0) parts.push(`${count(counts.unsaved, "cell")} not saved yet. ${counts.firstReason}`);
    if (parts.length > 0) this.say(parts.join(" "));
  }

  private readonly onData = (): void => {
    this.store.load(this.model.get("data") as Data);
    this.tell((listener) => listener.all());
    this.sender.kick();
  };

  private readonly onRowOpens = (): void => this.tell((listener) => listener.all());

  private readonly onMessage = (message: FromKernel): void => {
    switch (message.type) {
      case "answer":
        this.sender.onAnswer(message);
        break;
      case "rejected":
        this.sender.onRejected(message);
        break;
      case "cells": {
        this.store.revision = message.revision;
        const touched = this.store.updateCells(message.cells);
        this.tell((listener) => listener.cells(touched));
        break;
      }
      case "foot":
        this.store.revision = message.revision;
        this.store.foot = message.foot;
        this.tell((listener) => listener.foot());
        break;
      case "rows":
        this.store.revision = message.revision;
        this.store.updateRows(message.rows);
        this.tell((listener) => listener.rows());
        break;
    }
  };

  private readonly onOnline = (): void => this.sender.retryNow();

  private readonly onLeave = (event: BeforeUnloadEvent): void => {
    const { pending, unsaved } = this.store.counts();
    if (pending + unsaved > 0) event.preventDefault();
  };

  private tell(what: (listener: Listener) => void): void {
    for (const listener of this.listeners) what(listener);
  }

  close(): void {
    this.sender.stop();
    clearTimeout(this.tickTimer);
    clearTimeout(this.saidTimer);
    this.model.off("change:data", this.onData);
    this.model.off("change:row_opens", this.onRowOpens);
    this.model.off("msg:custom", this.onMessage);
    window.removeEventListener("online", this.onOnline);
    window.removeEventListener("beforeunload", this.onLeave);
  }
}
