// The session behind the page: asking how long it lives, telling that the person did something.
import { isOver, showBanner, showEnd } from "./banner";
import { state } from "./state";

const ASK_EVERY = 10_000; // ms between questions about the session
const TELL_EVERY = 60_000; // ms between notes that the person did something
const WARN_BEFORE = 300; // seconds before the session ends for want of an act
export const LINE_LOST = "Connection lost. What you typed is still on screen. Trying to connect again ...";

interface Told {
  idle_seconds: number;
  overall_seconds: number;
  kernel?: boolean;
}

let idleSpan = 3600; // seconds
let toldAt = Date.now(); // opening the page was an act, and the server knows of it
let asking = false;

const dialog = () => document.getElementById("pt-idle") as HTMLDialogElement | null;

/** The value of a cookie; "" when it is not there. */
export function cookie(name: string): string {
  const pair = document.cookie.split("; ").find((text) => text.startsWith(`${name}=`));
  return pair?.slice(name.length + 1) ?? "";
}

/** Ask the server whether the session and the page's kernel still live. */
export async function ask(): Promise<void> {
  if (asking || state.leaving || isOver() === "session") return;
  asking = true;
  try {
    const query = state.kernelId ? `?kernel=${encodeURIComponent(state.kernelId)}` : "";
    const answer = await fetch(`/api/session${query}`, {
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      headers: { Accept: "application/json" },
    });
    if (answer.status === 401 || answer.status === 403) return end("session");
    if (!answer.ok) return;
    const told = (await answer.json()) as Told;
    if (state.kernelId && !told.kernel) return end("kernel");
    heed(told);
  } catch {
    if (!state.leaving && !state.isConnected && state.kernelId) showBanner("line", LINE_LOST);
  } finally {
    asking = false;
  }
}

function end(what: "session" | "kernel"): void {
  if (state.leaving) return;
  showEnd(what);
  state.onEnd();
}

const minutes = (seconds: number): string => {
  const whole = Math.max(1, Math.round(seconds / 60));
  return whole === 1 ? "1 minute" : `${whole} minutes`;
};

function heed({ idle_seconds: idle, overall_seconds: overall }: Told): void {
  const shown = dialog();
  const text = document.getElementById("pt-idle-text");
  const stay = document.getElementById("pt-stay");
  const renew = document.getElementById("pt-renew");
  if (!shown || !text || !stay || !renew || isOver()) return;
  const left = Math.min(idle, overall);
  if (left > Math.min(WARN_BEFORE, 0.2 * Math.max(idleSpan, 1))) {
    if (shown.open) shown.close();
    delete shown.dataset["seenOverall"]; // the session may have been renewed
    return;
  }
  const extendable = idle < overall;
  stay.hidden = !extendable;
  renew.hidden = extendable;
  const words = extendable
    ? `Nothing has been done here for a while. You will be signed out in ${minutes(left)}. ` +
      "Everything that is shown as saved is safe."
    : "You have been signed in for as long as one sign-in lasts, and will be signed out in " +
      `${minutes(left)}. Sign in again in a new tab: this page stays as it is, with all you typed.`;
  if (text.textContent !== words) text.textContent = words;
  if (!shown.open && !shown.dataset["seenOverall"]) {
    if (!extendable) shown.dataset["seenOverall"] = "yes";
    shown.showModal();
  }
}

async function tell(): Promise<void> {
  toldAt = Date.now();
  try {
    const answer = await fetch("/api/act", {
      method: "POST",
      credentials: "same-origin",
      redirect: "error",
      headers: { "X-XSRFToken": cookie("_xsrf"), Accept: "application/json" },
    });
    if (answer.status === 401) return end("session");
    if (answer.ok) heed((await answer.json()) as Told);
  } catch {
    // No line: the banner says so already.
  }
}

const act = (event: Event): void => {
  if (!event.isTrusted || isOver() || dialog()?.open) return;
  if (Date.now() - toldAt >= Math.min(TELL_EVERY, idleSpan * 100)) void tell();
};

/** Begin to look after the session; once the document is whole. */
export function watchSession(): void {
  idleSpan = Number(document.body.dataset["idleSeconds"]) || idleSpan;
  document.getElementById("pt-stay")?.addEventListener("click", () => {
    dialog()?.close();
    void tell();
  });
  dialog()?.addEventListener("cancel", () => void tell()); // Escape is an act, too
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
    document.addEventListener(kind, act, { capture: true, passive: true });
  }
  setInterval(() => void ask(), ASK_EVERY);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void ask();
  });
}
