import type { Clock } from "./timing";
import type { Column, Data, ToKernel } from "./wire";

/** The narrowest and widest a column may be made; Python holds to the same. */
export const NARROWEST = 56;
export const WIDEST = 480;
const TELL_AFTER = 600;

export function clampWidth(width: number): number {
  return Math.round(Math.max(NARROWEST, Math.min(width, WIDEST)));
}

/** How the person wants the table: widths of their own, and bars at the foot. Told to Python. */
export class Layout {
  bars = false;
  private widths: Record<string, number> = {};
  private timer: number | null = null;

  constructor(
    private readonly post: (message: ToKernel) => void,
    private readonly clock: Clock,
  ) {}

  /** Take what Python knows, unless something newer has yet to be told to it. */
  load({ widths, bars }: Data): void {
    if (this.timer !== null) return;
    this.widths = { ...widths };
    this.bars = bars;
  }

  widthOf(column: Column): number {
    return this.widths[column.key] ?? column.width;
  }

  hasOwn(column: Column): boolean {
    return this.widths[column.key] !== undefined;
  }

  /** Give a column a width of its own, in reach; null is its usual width again. */
  setWidth(column: Column, width: number | null): void {
    const { [column.key]: _, ...others } = this.widths;
    this.widths = width === null ? others : { ...others, [column.key]: clampWidth(width) };
    this.tellSoon();
  }

  setBars(on: boolean): void {
    this.bars = on;
    this.tellSoon();
  }

  private tellSoon(): void {
    if (this.timer !== null) this.clock.cancel(this.timer);
    this.timer = this.clock.after(TELL_AFTER, () => this.tell());
  }

  private tell(): void {
    if (this.timer === null) return;
    this.clock.cancel(this.timer);
    this.timer = null;
    try {
      this.post({ type: "layout", widths: this.widths, bars: this.bars });
    } catch {
      // The channel is closed: the layout holds for as long as this page does.
    }
  }

  stop(): void {
    this.tell();
  }
}
