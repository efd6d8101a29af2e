/** Below this many cells every row is in the document. */
export const WHOLE_BELOW = 2_500;
const SPARE_ROWS = 10;

export interface Span {
  start: number;
  end: number;
}

export function isWindowed(rows: number, columns: number): boolean {
  return rows * columns > WHOLE_BELOW;
}

/** Where each row begins, and after them where the last one ends. */
export function topsOf(heights: readonly number[]): number[] {
  const tops = [0];
  for (const height of heights) tops.push(tops.at(-1)! + height);
  return tops;
}

/** The row at a distance from the top of the rows. */
export function rowAt(tops: readonly number[], distance: number): number {
  let low = 0;
  let high = Math.max(0, tops.length - 2);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (tops[middle]! <= distance) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The rows to have in the document for a scroll position, with some to spare on both sides. */
export function rowsInView(tops: readonly number[], scrollTop: number, height: number): Span {
  const rows = tops.length - 1;
  const start = Math.max(0, rowAt(tops, scrollTop) - SPARE_ROWS);
  return { start, end: Math.min(rows, rowAt(tops, scrollTop + height) + 1 + SPARE_ROWS) };
}

/**
 * The spans of rows to have: the window, and the focused row wherever it is, because removing it
 * would drop the focus on the page's body.
 */
export function spansToKeep(window: Span, focused: number | null): Span[] {
  if (focused === null || (focused >= window.start && focused < window.end)) return [window];
  const lone = { start: focused, end: focused + 1 };
  return focused < window.start ? [lone, window] : [window, lone];
}

/**
 * How far to scroll so that [start, end) of the content is not under what is pinned at the edges.
 * `before` and `after` are the sizes of the pinned parts. Returns the new scroll position.
 */
export function scrollToShow(
  position: number,
  size: number,
  start: number,
  end: number,
  pinned: { before: number; after: number },
): number {
  const top = start - pinned.before;
  const bottom = end + pinned.after - size;
  if (position > top) return Math.max(0, top);
  if (position < bottom) return Math.min(bottom, top);
  return position;
}
