/** Shows `query` in the browser's address, for a reload and for coming back; "" leaves it alone. */
export function showInAddress(query: string): void {
  if (query) history.replaceState(history.state, "", `${location.pathname}?${query}`);
}
