// The frame round every page: what shows while it opens, when the line breaks, when time runs out.
// It runs before Voila's scripts, whose farewell and socket it keeps an eye on.
"use strict";

(() => {
  const ASK_EVERY = 10_000; // ms between questions about the session
  const TELL_EVERY = 60_000; // ms between notes that the person did something
  const WARN_BEFORE = 300; // seconds before the session ends for want of an act
  const QUIET_BREAK = 1_500; // ms a broken line may take to come back before it is mentioned
  const SLOW_OPENING = 20_000; // ms after which an opening page says that it takes long

  const byId = (id) => document.getElementById(id);
  const cookie = (name) =>
    document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  let kernelId = null;
  let leaving = false;
  let over = null; // "session" or "kernel": the page cannot go on

  // --- Voila's two globals ----------------------------------------------------------------

  window.voila_heartbeat = () => {};
  window.voila_process = () => {};
  window.voila_finish = () => {};

  // Voila ends the kernel on "beforeunload", which fires for a link to a file and for a leave
  // the person then cancels. "pagehide" fires when the page really goes.
  const listen = window.addEventListener.bind(window);
  window.addEventListener = (type, listener, options) => {
    if (type === "beforeunload" && String(listener).includes("sendBeacon")) return;
    listen(type, listener, options);
  };
  listen("pagehide", () => {
    leaving = true;
    if (!kernelId) return;
    const form = new FormData();
    form.append("_xsrf", cookie("_xsrf"));
    navigator.sendBeacon(`/voila/api/shutdown/${kernelId}`, form);
  });
  listen("pageshow", (event) => {
    if (event.persisted) location.reload(); // shown again from memory: its kernel has gone
  });

  // --- the banner -------------------------------------------------------------------------

  const say = (text) => {
    byId("pt-live").textContent = text;
  };

  const showBanner = (kind, text, label, action) => {
    const banner = byId("pt-banner");
    if (!banner || banner.dataset.kind === kind || (over && over !== kind)) return;
    banner.dataset.kind = kind;
    banner.replaceChildren();
    const words = document.createElement("p");
    words.textContent = text;
    banner.append(words);
    if (label) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "pt-button pt-button-main";
      button.textContent = label;
      button.addEventListener("click", action);
      banner.append(button);
    }
    banner.hidden = false;
  };
  const hideBanner = () => {
    const banner = byId("pt-banner");
    if (!banner || banner.hidden || over) return;
    banner.hidden = true;
    banner.replaceChildren();
    delete banner.dataset.kind;
    say("The connection is back.");
  };

  const endFor = (what) => {
    if (over === what || over === "session" || leaving) return;
    over = what;
    byId("pt-idle")?.close?.();
    document.documentElement.dataset.over = what;
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
  };

  // --- the socket -------------------------------------------------------------------------

  let openSockets = 0;
  let breakTimer = null;
  const PlainSocket = window.WebSocket;
  window.WebSocket = class extends PlainSocket {
    constructor(address, protocols) {
      super(address, protocols);
      if (!String(address).includes("/channels")) return;
      this.addEventListener("open", () => {
        openSockets += 1;
        clearTimeout(breakTimer);
        hideBanner();
      });
      this.addEventListener("close", (event) => {
        openSockets = Math.max(0, openSockets - 1);
        if (leaving || openSockets > 0) return;
        if (event.code === 4404) {
          ask(); // the kernel was ended: for the session's sake, or by itself?
          return;
        }
        clearTimeout(breakTimer);
        breakTimer = setTimeout(() => {
          if (openSockets > 0 || leaving) return;
          showBanner(
            "line",
            "Connection lost. What you typed is still on screen. Trying to connect again ...",
          );
          ask();
        }, QUIET_BREAK);
      });
    }
  };

  // --- the session ------------------------------------------------------------------------

  let asking = false;
  const ask = async () => {
    if (asking || leaving || over === "session") return;
    asking = true;
    try {
      const query = kernelId ? `?kernel=${encodeURIComponent(kernelId)}` : "";
      const answer = await fetch(`/api/session${query}`, {
        credentials: "same-origin", cache: "no-store", redirect: "error",
        headers: { Accept: "application/json" },
      });
      if (answer.status === 401 || answer.status === 403) return endFor("session");
      if (!answer.ok) return;
      const session = await answer.json();
      if (kernelId && !session.kernel) return endFor("kernel");
      heed(session);
    } catch {
      if (!leaving && openSockets === 0 && kernelId) {
        showBanner("line", "Connection lost. What you typed is still on screen. Trying to connect again ...");
      }
    } finally {
      asking = false;
    }
  };

  const minutes = (seconds) => {
    const whole = Math.max(1, Math.round(seconds / 60));
    return whole === 1 ? "1 minute" : `${whole} minutes`;
  };

  const heed = ({ idle_seconds: idle, overall_seconds: overall }) => {
    const dialog = byId("pt-idle");
    if (!dialog || over) return;
    const left = Math.min(idle, overall);
    const soon = left <= Math.min(WARN_BEFORE, 0.2 * Math.max(idleSpan, 1));
    if (!soon) {
      if (dialog.open) dialog.close();
      return;
    }
    const extendable = idle < overall;
    byId("pt-stay").hidden = !extendable;
    const text = extendable
      ? `Nothing has been done here for a while. You will be signed out in ${minutes(left)}. ` +
        "Everything that is shown as saved is safe."
      : `You have been signed in for as long as one sign-in lasts, and will be signed out in ` +
        `${minutes(left)}. Save what you are doing, then sign in again.`;
    if (byId("pt-idle-text").textContent !== text) byId("pt-idle-text").textContent = text;
    if (!dialog.open && !dialog.dataset.seenOverall) {
      if (!extendable) dialog.dataset.seenOverall = "yes";
      dialog.showModal();
    }
  };

  let idleSpan = 3600;
  let toldAt = Date.now(); // opening the page was an act, and the server knows of it
  const tell = async () => {
    toldAt = Date.now();
    try {
      const answer = await fetch("/api/act", {
        method: "POST", credentials: "same-origin", redirect: "error",
        headers: { "X-XSRFToken": cookie("_xsrf"), Accept: "application/json" },
      });
      if (answer.status === 401) return endFor("session");
      if (answer.ok) heed(await answer.json());
    } catch {
      // No line: the banner says so already.
    }
  };
  const act = (event) => {
    if (!event.isTrusted || over || byId("pt-idle")?.open) return;
    if (Date.now() - toldAt >= Math.min(TELL_EVERY, idleSpan * 100)) tell();
  };

  // --- the page ---------------------------------------------------------------------------

  const isShown = () =>
    document.querySelector("#pt-outputs .jupyter-widgets, #pt-outputs .pt-output > :not(script)") !== null;

  const opened = () => {
    const skeleton = byId("pt-skeleton");
    if (!skeleton) return;
    skeleton.remove();
    byId("pt-outputs")?.removeAttribute("aria-busy");
    say(`${document.querySelector("h1")?.textContent ?? "The page"} is open.`);
  };

  const watchOpening = () => {
    const outputs = byId("pt-outputs");
    outputs.setAttribute("aria-busy", "true");
    const watcher = new MutationObserver(() => {
      if (!isShown()) return;
      watcher.disconnect();
      opened();
    });
    watcher.observe(outputs, { childList: true, subtree: true });
    setTimeout(() => {
      const text = document.querySelector(".pt-skeleton-text");
      if (text) text.textContent += " This is taking longer than usual. Reload the page if nothing appears.";
    }, SLOW_OPENING);
  };

  const closeGroups = (but) => {
    for (const group of document.querySelectorAll(".pt-group[open]")) {
      if (group !== but) group.open = false;
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    idleSpan = Number(document.body.dataset.idleSeconds) || idleSpan;
    const config = byId("jupyter-config-data");
    kernelId = config ? JSON.parse(config.textContent).kernelId : null;
    if (byId("pt-failure")) byId("pt-skeleton")?.remove();
    else watchOpening();
    byId("pt-reload")?.addEventListener("click", () => location.reload());

    const menuButton = byId("pt-menu-button");
    menuButton?.addEventListener("click", () => {
      const open = menuButton.getAttribute("aria-expanded") !== "true";
      menuButton.setAttribute("aria-expanded", String(open));
    });
    document.addEventListener("click", (event) => closeGroups(event.target.closest?.(".pt-group")));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const group = document.activeElement?.closest?.(".pt-group[open]");
      closeGroups(null);
      group?.querySelector("summary").focus();
    });
    document.addEventListener("focusin", (event) => closeGroups(event.target.closest?.(".pt-group")));

    byId("pt-stay")?.addEventListener("click", () => {
      byId("pt-idle").close();
      tell();
    });
    byId("pt-idle")?.addEventListener("cancel", () => tell()); // Escape is an act, too
    for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) {
      document.addEventListener(kind, act, { capture: true, passive: true });
    }
    setInterval(ask, ASK_EVERY);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") ask();
    });
    listen("online", ask);
  });
})();
