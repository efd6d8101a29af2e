// A page of the portal. The HTML comes in three parts: the frame at once, the kernel's number when
// it runs, and the page's widgets when the notebook has run. This script is loaded with the first
// and does not wait for the last: meanwhile it opens the line to the kernel.
import "./style.css";

import { hideBanner, isOver, say, showBanner } from "./banner";
import { Comms } from "./comms";
import type { State } from "./line";
import { PageManager, type WrittenState } from "./manager";
import { workMenu } from "./menu";
import type { Extension } from "./others";
import { workPrivacy } from "./privacy";
import { ask, cookie, LINE_LOST, watchSession } from "./session";
import { state } from "./state";

const QUIET_BREAK = 1_500; // ms a broken line may take to come back before it is mentioned
const SLOW_OPENING = 20_000; // ms after which an opening page says that it takes long
// Close codes of ours:
const KERNEL_ENDED = 4404;
const RESTARTING = 4503;
const RESTART = "The portal is being restarted. Everything that was shown as saved is safe, and what you typed is still on screen. Trying to connect again ...";
const VIEW = "application/vnd.jupyter.widget-view+json";

const byId = (id: string) => document.getElementById(id);
let breakTimer: ReturnType<typeof setTimeout> | undefined;

function lineIs(now: State, code: number): void {
  state.isConnected = now === "open";
  document.documentElement.dataset["line"] = now;
  clearTimeout(breakTimer);
  if (now === "open") return hideBanner();
  if (state.leaving || isOver()) return;
  if (code === KERNEL_ENDED) return void ask(); // for the session's sake, or by itself?
  if (code === RESTARTING) return showBanner("line", RESTART);
  breakTimer = setTimeout(() => {
    if (state.isConnected || state.leaving) return;
    showBanner("line", LINE_LOST);
    void ask();
  }, QUIET_BREAK);
}

function whenThere(id: string): Promise<HTMLElement | null> {
  return new Promise((found) => {
    const look = () => {
      const element = byId(id);
      if (!element && document.readyState === "loading") return;
      watcher.disconnect();
      found(element);
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, { childList: true, subtree: true });
    document.addEventListener("DOMContentLoaded", look);
    look();
  });
}

const whole = new Promise<void>((done) => {
  if (document.readyState !== "loading") done();
  else document.addEventListener("DOMContentLoaded", () => done());
});

const textOf = <T>(id: string): T => JSON.parse(byId(id)?.textContent || "{}") as T;

async function showOutputs(manager: PageManager): Promise<void> {
  const showing: Promise<void>[] = [];
  for (const written of document.querySelectorAll<HTMLScriptElement>("script.pt-cell-output")) {
    const host = written.parentElement as HTMLElement;
    const data = JSON.parse(written.textContent || "{}") as Record<string, unknown>;
    if (VIEW in data) showing.push(manager.show((data[VIEW] as { model_id: string }).model_id, host));
    else if ("image/png" in data) {
      const image = document.createElement("img");
      image.src = `data:image/png;base64,${String(data["image/png"])}`;
      host.append(image);
    } else {
      const markup = data["text/html"] ?? data["image/svg+xml"];
      host.insertAdjacentHTML("beforeend", [markup].flat().join(""));
    }
  }
  await Promise.all(showing);
}

function opened(): void {
  byId("pt-skeleton")?.remove();
  byId("pt-outputs")?.removeAttribute("aria-busy");
  document.documentElement.dataset["opened"] = "";
  say(`${document.querySelector("h1")?.textContent ?? "The page"} is open.`);
}

async function open(): Promise<void> {
  const kernel = await whenThere("pt-kernel");
  state.kernelId = kernel?.dataset["kernel"] ?? "";
  const comms = state.kernelId ? new Comms(state.kernelId, lineIs) : null;
  comms?.connect();
  state.onEnd = () => comms?.stop();
  addEventListener("online", () => comms?.connect());
  await whole;
  watchSession();
  byId("pt-reload")?.addEventListener("click", () => location.reload());
  if (!comms || byId("pt-failure")) {
    byId("pt-skeleton")?.remove();
    return;
  }
  const manager = new PageManager(comms);
  const extensions = textOf<{ extensions?: Extension[] }>("pt-config").extensions ?? [];
  if (extensions.length) manager.findOthers = await (await import("./others")).loadOthers(extensions);
  await manager.restore(textOf<WrittenState>("pt-state"));
  await showOutputs(manager);
  opened();
}

workMenu();
workPrivacy();
addEventListener("pagehide", () => {
  state.leaving = true;
  if (!state.kernelId) return;
  const form = new FormData();
  form.append("_xsrf", cookie("_xsrf"));
  navigator.sendBeacon(`/api/kernels/${state.kernelId}/farewell`, form);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // shown again from memory: its kernel has gone
});
addEventListener("online", () => void ask());
setTimeout(() => {
  const text = document.querySelector(".pt-skeleton-text");
  if (text) text.textContent += " This is taking longer than usual. Reload the page if nothing appears.";
}, SLOW_OPENING);
void open();
