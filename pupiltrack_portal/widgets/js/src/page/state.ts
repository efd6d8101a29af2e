/** What the parts of an open page know of each other. */
export const state = {
  kernelId: "",
  isConnected: false,
  leaving: false,
  /** Called when the page cannot go on. */
  onEnd: (): void => {},
};
