import type { Clock } from "./timing";
import { count } from "./words";

const GATHER_FOR = 800;
const SAY_AT_MOST_EVERY = 5_000;

/** Says how many cells others have changed: together, politely, never one by one. */
export class Arrivals {
  private number = 0;
  private timer: number | null = null;
  private quiet = false;

  constructor(
    private readonly clock: Clock,
    private readonly say: (text: string) => void,
  ) {}

  add(cells: number): void {
    if (cells === 0) return;
    this.number += cells;
    if (this.timer === null && !this.quiet) this.timer = this.clock.after(GATHER_FOR, () => this.tell());
  }

  private tell(): void {
    this.timer = null;
    if (this.number === 0) return;
    this.say(`${count(this.number, "cell")} changed by someone else.`);
    this.number = 0;
    this.quiet = true;
    this.timer = this.clock.after(SAY_AT_MOST_EVERY, () => {
      this.quiet = false;
      this.tell();
    });
  }

  stop(): void {
    if (this.timer !== null) this.clock.cancel(this.timer);
  }
}
