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

/** The rows to have in the document for a scroll position, with some to spare on both sides. */
export function rowsInView(scrollTop: number, height: number, rowHeight: number, rows: number): Span {
  const first = Math.floor(scrollTop / rowHeight) - SPARE_ROWS;
  const last = Math.ceil((scrollTop + height) / rowHeight) + SPARE_ROWS;
  const start = Math.max(0, Math.min(first, rows - 1));
  return { start, end: Math.max(start, Math.min(rows, last)) };
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
