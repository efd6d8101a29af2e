// The page that says the portal is busy: asks now and then whether there is room, and goes on.
// It asks a short question instead of loading itself again, so that nothing is read out twice and
// a busy server is not made busier.
"use strict";

(() => {
  const MOST_TRIES = 10; // some seven minutes: then it is for the person to say
  const GROWTH = 1.6;
  const LONGEST_PAUSE = 60; // seconds
  const JITTER = 0.25; // people sent away together must not come back together

  const card = document.querySelector("[data-retry-after]");
  if (!card) return;
  const text = document.getElementById("pt-retry");
  const address = document.getElementById("pt-try-now").href;
  let tries = 0;

  const hasRoom = async () => {
    try {
      const answer = await fetch("/api/room", {
        credentials: "same-origin", cache: "no-store", redirect: "error",
        headers: { Accept: "application/json" },
      });
      // Signed out meanwhile: the address leads to the sign-in page and from there back.
      if (answer.status === 401 || answer.status === 403) return true;
      return answer.ok && (await answer.json()).room;
    } catch {
      return false; // the server is not there, or not yet again
    }
  };

  const wait = () => {
    const plain = Math.min(Number(card.dataset.retryAfter) * GROWTH ** tries, LONGEST_PAUSE);
    const seconds = Math.max(1, Math.round(plain * (1 - JITTER + 2 * JITTER * Math.random())));
    const still = tries ? "Still busy. " : "";
    text.textContent = `${still}This page tries again by itself in ${seconds} seconds.`;
    setTimeout(tryAgain, seconds * 1000);
  };

  const tryAgain = async () => {
    if (await hasRoom()) {
      text.textContent = "There is room. Your page opens.";
      location.replace(address);
      return;
    }
    tries += 1;
    if (tries < MOST_TRIES) {
      wait();
      return;
    }
    text.textContent =
      `This page has tried ${tries} times and has stopped. Close pages of the portal you no longer ` +
      "use, wait some minutes and press Try now. If it stays so, tell whoever looks after the portal.";
  };

  wait();
})();
