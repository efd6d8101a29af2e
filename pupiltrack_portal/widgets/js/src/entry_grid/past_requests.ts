import { ANSWER_WITHIN } from "./sender";
import type { Clock } from "./timing";
import type { PastAnswer, ToKernel, WirePast } from "./wire";

const SILENT = "There is no answer from the server. Nothing was changed. Try again.";

interface Asked {
  take: (entries: WirePast[]) => void;
  fail: (reason: Error) => void;
  timer: number;
}

/** Asks the kernel what was entered in a cell before; each question has a number. */
export class PastRequests {
  private next = 1;
  private readonly asked = new Map<number, Asked>();

  constructor(
    private readonly post: (message: ToKernel) => void,
    private readonly clock: Clock,
  ) {}

  /** The entries, newest first. Fails with words for the person when there are none to be had. */
  ask(row: string, column: string): Promise<WirePast[]> {
    const ask = this.next++;
    return new Promise((take, fail) => {
      const timer = this.clock.after(ANSWER_WITHIN, () => this.finish(ask)?.fail(new Error(SILENT)));
      this.asked.set(ask, { take, fail, timer });
      try {
        this.post({ type: "history", ask, row, column });
      } catch {
        // The channel is closed: the same as no answer, only known at once.
        this.finish(ask)?.fail(new Error(SILENT));
      }
    });
  }

  onAnswer(answer: PastAnswer): void {
    const asked = this.finish(answer.ask);
    if (answer.entries) asked?.take(answer.entries);
    else asked?.fail(new Error(answer.failed));
  }

  private finish(ask: number): Asked | undefined {
    const asked = this.asked.get(ask);
    this.asked.delete(ask);
    if (asked) this.clock.cancel(asked.timer);
    return asked;
  }

  stop(): void {
    for (const { timer } of this.asked.values()) this.clock.cancel(timer);
    this.asked.clear();
  }
}
