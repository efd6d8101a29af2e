import type { CellAddress } from "./cell";
import type { Store } from "./store";
import type { Clock } from "./timing";
import type { Answer, Batch, Rejected } from "./wire";

export const ANSWER_WITHIN = 10_000;
export const LONGEST_WAIT = 30_000;
const FIRST_WAIT = 2_000;
const MOST_CELLS = 5_000;
const AUTOMATIC_RETRIES = 5;

const SILENT = "There is no answer from the server. What was typed is kept here and sent again by itself.";

export interface SenderEvents {
  touched(cells: CellAddress[]): void;
  answered(answer: Answer, counts: ReturnType<Store["applyAnswer"]>["counts"]): void;
  /** Cells are not saved: no answer came, or the batch was rejected. */
  failed(reason: string): void;
  status(): void;
}

/** How long to wait before the `attempt`th retry (from 1), in milliseconds. */
export function backoff(attempt: number): number {
  return Math.min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT);
}

/**
 * Sends what waits in the store, one batch at a time. An unanswered batch is sent again under the
 * same number until it is answered, so Python can tell a repeat from a new entry; what is typed
 * meanwhile waits for the next batch.
 */
export class Sender {
  private sequence = 0;
  private inFlight: Batch | null = null;
  private attempt = 0;
  private retries = 0;
  private timer: number | null = null;
  private kickTimer: number | null = null;
  private retryTimer: number | null = null;

  constructor(
    private readonly store: Store,
    private readonly post: (batch: Batch) => void,
    private readonly events: SenderEvents,
    private readonly clock: Clock,
    private readonly client: string,
  ) {}

  get busy(): boolean {
    return this.inFlight !== null;
  }

  /** Whether a cell is on its way and not answered yet. */
  carries(row: string, column: string): boolean {
    return this.inFlight?.cells.some((cell) => cell[0] === row && cell[1] === column) ?? false;
  }

  /** Send soon: at once, or after `delay` when more is expected to be typed. */
  kick(delay = 0): void {
    if (this.kickTimer !== null) this.clock.cancel(this.kickTimer);
    this.kickTimer = this.clock.after(delay, () => {
      this.kickTimer = null;
      this.sendWaiting();
    });
  }

  private sendWaiting(): void {
    if (this.inFlight) return;
    const cells = this.store.takeWaiting(MOST_CELLS);
    if (cells.length === 0) return;
    this.inFlight = { type: "changes", client: this.client, seq: ++this.sequence, cells };
    this.attempt = 0;
    this.transmit();
  }

  private transmit(): void {
    if (!this.inFlight) return;
    this.clearTimer();
    this.timer = this.clock.after(this.attempt === 0 ? ANSWER_WITHIN : backoff(this.attempt), () =>
      this.onSilence(),
    );
    try {
      this.post(this.inFlight);
    } catch {
      // The channel is closed: the same as no answer, only known at once.
      this.clearTimer();
      this.timer = this.clock.after(backoff(this.attempt + 1), () => this.transmit());
      this.attempt++;
      this.showSilence();
    }
    this.events.status();
  }

  private onSilence(): void {
    this.attempt++;
    this.showSilence();
    this.transmit();
  }

  private showSilence(): void {
    const touched = this.store.markUnsaved(SILENT);
    this.events.touched(touched);
    if (touched.length > 0) this.events.failed(SILENT);
  }

  onAnswer(answer: Answer): void {
    if (answer.client !== this.client || answer.seq !== this.inFlight?.seq) return;
    this.finish();
    const { touched, counts } = this.store.applyAnswer(answer);
    this.events.touched(touched);
    this.events.answered(answer, counts);
    if (counts.unsaved > 0) this.retryLater();
    else this.retries = 0;
    // Cells typed while the line was dead were shown as unsaved; they have never been sent.
    if (this.store.hasWaiting) this.kick();
    this.events.status();
  }

  onRejected(message: Rejected): void {
    if (!this.inFlight || (message.seq !== null && message.seq !== this.inFlight.seq)) return;
    this.finish();
    this.events.touched(this.store.markUnsaved(message.reason));
    this.events.failed(message.reason);
    this.events.status();
  }

  /** Python could not save them: try again a few times by itself, then only when asked. */
  private retryLater(): void {
    if (this.retries >= AUTOMATIC_RETRIES || this.retryTimer !== null) return;
    this.retries++;
    this.retryTimer = this.clock.after(backoff(this.retries), () => {
      this.retryTimer = null;
      this.store.retryUnsaved();
      this.kick();
    });
  }

  /** Try again now: the person asked, or the connection is back. */
  retryNow(): void {
    this.retries = 0;
    if (this.retryTimer !== null) this.clock.cancel(this.retryTimer);
    this.retryTimer = null;
    if (this.inFlight) {
      this.transmit();
      return;
    }
    this.store.retryUnsaved();
    this.kick();
  }

  private finish(): void {
    this.inFlight = null;
    this.attempt = 0;
    this.clearTimer();
  }

  private clearTimer(): void {
    if (this.timer !== null) this.clock.cancel(this.timer);
    this.timer = null;
  }

  stop(): void {
    this.clearTimer();
    if (this.kickTimer !== null) this.clock.cancel(this.kickTimer);
    if (this.retryTimer !== null) this.clock.cancel(this.retryTimer);
  }
}
