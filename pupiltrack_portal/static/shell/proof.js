// A form that is sent once the browser has done a second's work for it.
"use strict";

for (const form of document.querySelectorAll("form[data-proof-challenge]")) {
  const proof = form.elements.namedItem("proof");
  const says = form.querySelector("[data-proof-says]");
  const fail = () => {
    delete form.dataset.sent;
    says.textContent =
      "The check did not work. Nothing was sent. Look at your connection and send the form again.";
  };
  const findNumber = (challenge) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(form.dataset.proofWorker);
      worker.onerror = reject;
      worker.onmessage = (event) => {
        worker.terminate();
        if (event.data === null) reject(new Error("no number"));
        else resolve(event.data);
      };
      worker.postMessage(challenge);
    });
  const prove = async () => {
    const answer = await fetch(form.dataset.proofChallenge, { cache: "no-store" });
    if (!answer.ok) throw new Error("no challenge");
    const challenge = await answer.json();
    const number = await findNumber(challenge);
    const { challenge: hash, salt, signature } = challenge;
    const told = { algorithm: "SHA-256", challenge: hash, number, salt, signature };
    proof.value = btoa(JSON.stringify(told));
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.proving) return;
    form.dataset.proving = "yes";
    says.textContent = "Checking that a browser sends this. It takes a few seconds.";
    prove()
      .catch(fail)
      .finally(() => delete form.dataset.proving);
  });
  window.addEventListener("pageshow", () => {
    proof.value = "";
    says.textContent = "";
  });
}
