import type { Model } from "../shared/anywidget";
import { Arrivals } from "./arrivals";
import type { CellAddress, Edit } from "./cell";
import { Kept, type KeptCell, planReturn, tabStore } from "./kept";
import { Layout } from "./layout";
import { type View } from "./ordering";
import { PastRequests } from "./past_requests";
import { Sender } from "./sender";
import { type AnswerCounts, Store } from "./store";
import { BROWSER_CLOCK } from "./timing";
import { type Difference, History, replay } from "./undo";
import { count, saveStatus, timeOfDay } from "./words";
import type { Answer, Data, FromKernel, ToKernel } from "./wire";

/** What a view wants to be told. */
export interface Listener {
  cells(addresses: readonly CellAddress[]): void;
  /** Cells that someone else has changed, and that a person could have. */
  arrived(addresses: readonly CellAddress[]): void;
  rows(): void;
  foot(): void;
  all(): void;
  layout(): void;
  /** A row is to take the focus, if it has not done so elsewhere. */
  focusWanted(): void;
  status(): void;
  say(text: string): void;
  /** Save was pressed, and this is all that can be done now. */
  saveDone(): void;
  /** The page goes: what is in an open editor counts as typed. */
  leaving(): void;
}

const TICK_FOR = 2_500;
const QUIET_BEFORE_SAVED = 1_500;
const KEEP_AFTER = 300;
const SIGN_OUT = "form.pt-sign-out";
/** Who is still on the page by then has decided to stay. */
const STILL_HERE_AFTER = 5_000;

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
  readonly past: PastRequests;
  readonly layout: Layout;
  readonly kept: Kept;
  view: View = { sort: null, filters: new Map() };
  private savedAt: Date | null = null;
  private message = "";
  private saveAsked = false;
  private focusGranted = 0;
  private signedOut = false;
  private readonly arrivals = new Arrivals(BROWSER_CLOCK, (text) => this.say(text));
  private readonly listeners = new Set<Listener>();
  private tickTimer = 0;
  private saidTimer = 0;
  private keepTimer = 0;

  constructor(private readonly model: Model) {
    const post = (message: ToKernel) => model.send(message);
    this.past = new PastRequests(post, BROWSER_CLOCK);
    this.layout = new Layout(post, BROWSER_CLOCK);
    this.sender = new Sender(
      this.store,
      post,
      {
        touched: (cells) => this.tell((listener) => listener.cells(cells)),
        answered: (answer, counts) => this.onAnswered(answer, counts),
        failed: (reason) => this.say(`Not saved yet. ${reason}`),
        status: () => this.statusChanged(),
      },
      BROWSER_CLOCK,
      newClient(),
    );
    const data = model.get("data") as Data;
    this.store.load(data);
    this.layout.load(data);
    this.kept = new Kept(data.kept_as, tabStore(), Date.now);
    model.on("change:data", this.onData);
    model.on("change:row_opens", this.onTraits);
    model.on("change:has_history", this.onTraits);
    model.on("change:focus_wanted", this.onFocusWanted);
    model.on("msg:custom", this.onMessage);
    window.addEventListener("online", this.onOnline);
    window.addEventListener("beforeunload", this.onLeave);
    window.addEventListener("pagehide", this.onHide);
    document.addEventListener("submit", this.onSubmit);
    // Anything pushed while this module was still loading is made good by Python.
    post({ type: "open", revision: this.store.revision });
  }

  get rowOpens(): boolean {
    return this.model.get("row_opens") === true;
  }

  /** What a row's menu leads to: its words, and the address that the row's key completes. */
  get rowLink(): [label?: string, address?: string] {
    return (this.model.get("row_link") ?? []) as [string?, string?];
  }

  get hasHistory(): boolean {
    return this.model.get("has_history") === true;
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

  /** The row that is to take the focus; each wish is granted once, by the first view that asks. */
  takeFocusWanted(): string | null {
    const [row, wish] = (this.model.get("focus_wanted") ?? []) as [string?, number?];
    if (row === undefined || wish === this.focusGranted) return null;
    this.focusGranted = wish ?? 0;
    return row;
  }

  openRow(row: string): void {
    this.model.send({ type: "row_open", row });
  }

  /**
   * Take entries as one step that can be undone. `join` adds to the last step of the same cell;
   * `delay` holds the sending back while more letters may come. Returns the cells that changed.
   */
  enter(edits: readonly Edit[], label: string, options: { join?: boolean; delay?: number } = {}): CellAddress[] {
    const { store } = this;
    const differences = edits.map((edit): Difference => {
      const { row, column, value, colour } = edit;
      const before = store.shownValue(row, column);
      if (colour === undefined) return { row, column, before, after: value };
      const colours = { before: store.ownColour(row, column), after: colour };
      return { row, column, before, after: value, colours };
    });
    const touched = store.edit(edits);
    const names = new Set(touched.map(({ row, column }) => `${row}\u0000${column}`));
    const done = differences.filter(({ row, column }) => names.has(`${row}\u0000${column}`));
    this.history.add({ label, differences: done }, options.join ?? false);
    this.after(touched, options.delay);
    return touched;
  }

  private after(touched: readonly CellAddress[], delay = 0): void {
    this.message = "";
    this.tell((listener) => listener.cells(touched));
    this.sender.kick(delay);
    this.statusChanged();
  }

  private statusChanged(): void {
    clearTimeout(this.keepTimer);
    this.keepTimer = window.setTimeout(() => this.keepTyped(), KEEP_AFTER);
    this.tell((listener) => listener.status());
    if (this.saveAsked && !this.sender.busy && !this.store.hasWaiting) {
      this.saveAsked = false;
      this.tell((listener) => listener.saveDone());
    }
  }

  private keepTyped(): void {
    this.kept.keep(this.store.typedCells());
  }

  /** Send what waits at once, and tell the views when there is nothing more to be done. */
  saveNow(): void {
    if (this.store.counts().unsaved > 0) {
      // The line is down or Python could not save: what is in the way is told without waiting.
      this.sender.retryNow();
      this.tell((listener) => listener.saveDone());
      return;
    }
    this.saveAsked = true;
    this.sender.kick();
    this.statusChanged();
  }

  step(direction: "undo" | "redo"): CellAddress[] {
    const step = direction === "undo" ? this.history.undo() : this.history.redo();
    if (!step) {
      this.say(direction === "undo" ? "Nothing to undo." : "Nothing to do again.");
      return [];
    }
    const { edits, skipped } = replay(step, direction, this.store);
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

  // What an earlier page left -------------------------------------------------------------------

  /** What is offered, without what is on its way to be saved at this moment. */
  get offered(): KeptCell[] {
    return this.kept.offered.filter(({ row, column }) => !this.sender.carries(row, column));
  }

  /** Enter what was kept over what is stored now: one step to undo, clashes for a choice. */
  putInKept(): void {
    const { edits, clashes, elsewhere } = planReturn(this.store, this.offered);
    this.kept.offered = elsewhere;
    this.enter(edits, `${count(edits.length, "kept value")} put in`);
    for (const edit of clashes) this.store.clashWith(edit);
    this.tell((listener) => listener.cells(clashes));
    const parts = [`${count(edits.length, "value")} put in.`];
    if (clashes.length > 0) {
      parts.push(`${count(clashes.length, "cell")} changed by someone else since. Choose which value to keep.`);
    }
    if (elsewhere.length > 0) parts.push(`${count(elsewhere.length, "value")} kept for rows or columns not shown here.`);
    this.statusChanged();
    this.say(parts.join(" "));
  }

  dropKept(): void {
    const dropped = this.kept.offered.length;
    this.kept.offered = [];
    this.keepTyped();
    this.statusChanged();
    this.say(`${count(dropped, "value")} thrown away.`);
  }

  // What the kernel says --------------------------------------------------------------------------

  private onAnswered(answer: Answer, counts: AnswerCounts): void {
    for (const [row, column, status] of answer.outcomes) {
      if (status === "saved") this.kept.forget(row, column);
    }
    if (answer.foot) this.tell((listener) => listener.foot());
    if (answer.rows) this.tell((listener) => listener.rows());
    this.message = answer.message;
    if (counts.saved > 0) this.noteSaved();
    this.sayTrouble(counts);
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
    const data = this.model.get("data") as Data;
    const typed = this.store.typedCells();
    this.store.load(data);
    this.layout.load(data);
    // Typed values of rows or columns that are no longer shown are not lost with them.
    this.kept.offer(typed.filter(({ row, column }) => !this.store.cell(row, column)));
    this.tell((listener) => listener.all());
    this.sender.kick();
    this.statusChanged();
  };

  private readonly onTraits = (): void => this.tell((listener) => listener.all());

  layoutChanged(): void {
    this.tell((listener) => listener.layout());
  }

  private readonly onMessage = (message: FromKernel): void => {
    switch (message.type) {
      case "answer":
        this.sender.onAnswer(message);
        break;
      case "rejected":
        this.sender.onRejected(message);
        break;
      case "history":
        this.past.onAnswer(message);
        break;
      case "cells": {
        this.store.revision = message.revision;
        const touched = this.store.updateCells(message.cells);
        this.tell((listener) => listener.cells(touched));
        this.noteArrived(touched);
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

  /** Figures worked out in read-only columns follow from what others did; they are not news. */
  private noteArrived(touched: readonly CellAddress[]): void {
    const entered = touched.filter(({ column }) => this.store.column(column)?.kind !== "readonly");
    if (entered.length === 0) return;
    this.arrivals.add(entered.length);
    this.tell((listener) => listener.arrived(entered));
  }

  private readonly onOnline = (): void => this.sender.retryNow();

  private readonly onLeave = (event: BeforeUnloadEvent): void => {
    const { pending, unsaved } = this.store.counts();
    if (pending + unsaved > 0) event.preventDefault();
  };

  private readonly onFocusWanted = (): void => this.tell((listener) => listener.focusWanted());

  private readonly onHide = (): void => {
    this.tell((listener) => listener.leaving());
    if (this.signedOut) this.kept.wipe();
    else this.keepTyped();
  };

  /** Whoever signs out leaves nothing behind for the next person at this computer. */
  private readonly onSubmit = (event: Event): void => {
    if (!(event.target instanceof Element) || !event.target.matches(SIGN_OUT)) return;
    this.signedOut = true;
    window.setTimeout(() => (this.signedOut = false), STILL_HERE_AFTER);
  };

  private tell(what: (listener: Listener) => void): void {
    for (const listener of this.listeners) what(listener);
  }

  close(): void {
    this.keepTyped();
    this.sender.stop();
    this.past.stop();
    this.layout.stop();
    this.arrivals.stop();
    for (const timer of [this.tickTimer, this.saidTimer, this.keepTimer]) clearTimeout(timer);
    this.model.off("change:data", this.onData);
    this.model.off("change:row_opens", this.onTraits);
    this.model.off("change:has_history", this.onTraits);
    this.model.off("change:focus_wanted", this.onFocusWanted);
    this.model.off("msg:custom", this.onMessage);
    window.removeEventListener("online", this.onOnline);
    window.removeEventListener("beforeunload", this.onLeave);
    window.removeEventListener("pagehide", this.onHide);
    document.removeEventListener("submit", this.onSubmit);
  }
}
