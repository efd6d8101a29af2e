/** Time as the grid's parts see it, so that tests can let it stand still. */
export interface Clock {
  after(milliseconds: number, run: () => void): number;
  cancel(timer: number): void;
}

export const BROWSER_CLOCK: Clock = {
  after: (milliseconds, run) => window.setTimeout(run, milliseconds),
  cancel: (timer) => clearTimeout(timer),
};
