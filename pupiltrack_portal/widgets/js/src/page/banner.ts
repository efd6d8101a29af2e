// The strip above the page that says what is wrong with the line, the page or the session.

const byId = (id: string) => document.getElementById(id);

/** What a page cannot go on after; the session's end says more than the page's. */
export type End = "session" | "kernel";
let over: End | null = null;

/** What the page has ended by, null while it goes on. */
export const isOver = (): End | null => over;

/** Tell people who do not see the page what happened. */
export function say(text: string): void {
  const live = byId("pt-live");
  if (live) live.textContent = text;
}

/** Show the strip; one of the same kind stays as it is, and nothing covers the page's end. */
export function showBanner(kind: string, text: string, label = "", action: () => void = () => {}): void {
  const banner = byId("pt-banner");
  if (!banner || banner.dataset["kind"] === kind || (over && over !== kind)) return;
  banner.dataset["kind"] = kind;
  const words = document.createElement("p");
  words.textContent = text;
  banner.replaceChildren(words);
  if (label) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pt-button pt-button-main";
    button.textContent = label;
    button.addEventListener("click", action);
    banner.append(button);
  }
  banner.hidden = false;
}

/** Take the strip away, unless it says that the page is over. */
export function hideBanner(): void {
  const banner = byId("pt-banner");
  if (!banner || banner.hidden || over) return;
  banner.hidden = true;
  banner.replaceChildren();
  delete banner.dataset["kind"];
  say("The connection is back.");
}

/** Say that the page cannot go on, and what to do. */
export function showEnd(what: End): void {
  if (over === what || over === "session") return;
  over = what;
  (byId("pt-idle") as HTMLDialogElement | null)?.close();
  document.documentElement.dataset["over"] = what;
  if (what === "session") {
    showBanner(
      "session",
      "You have been signed out. Everything that was shown as saved is safe; what is still on " +
        "this screen and not saved can be copied from it before you sign in again.",
      "Sign in again",
      () => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`),
    );
  } else {
    showBanner(
      "kernel",
      "Connection lost. What you typed is still on screen, and everything that was shown as " +
        "saved is safe. Copy what was not saved, then reload the page to go on.",
      "Reload the page",
      () => location.reload(),
    );
  }
}
