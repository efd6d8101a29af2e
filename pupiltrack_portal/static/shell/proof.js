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
      const started = performance.now();
      const worker = new Worker(form.dataset.proofWorker);
      worker.onerror = reject;
      worker.onmessage = ({ data }) => {
        if (data.tried !== undefined) {
          const left = ((performance.now() - started) * (challenge.largest / data.tried - 1)) / 1000;
          says.textContent = `Checking that a browser sends this: at most ${Math.ceil(left)} seconds more.`;
          return;
        }
        worker.terminate();
        if (data.number === null) reject(new Error("no number"));
        else resolve(data.number);
      };
      worker.postMessage(challenge);
    });
  // What is to be done may depend on a field, which then goes along: never in the address.
  const askWhatToDo = async () => {
    const field = form.dataset.proofOf;
    if (!field) return fetch(form.dataset.proofChallenge, { cache: "no-store" });
    return fetch(form.dataset.proofChallenge, {
      method: "POST",
      headers: { "X-XSRFToken": form.elements.namedItem("_xsrf").value },
      body: new URLSearchParams({ [field]: form.elements.namedItem(field).value }),
    });
  };
  const prove = async () => {
    const answer = await askWhatToDo();
    if (!answer.ok) throw new Error("no challenge");
    const { challenge } = await answer.json();
    if (challenge !== null) {
      says.textContent = "Checking that a browser sends this. It takes a few seconds.";
      const number = await findNumber(challenge);
      const { challenge: hash, salt, signature } = challenge;
      const told = { algorithm: "SHA-256", challenge: hash, number, salt, signature };
      proof.value = btoa(JSON.stringify(told));
      says.textContent = "Checked.";
    }
    form.dispatchEvent(new Event("proved"));
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.proving) return;
    form.dataset.proving = "yes";
    prove()
      .catch(fail)
      .finally(() => delete form.dataset.proving);
  });
  window.addEventListener("pageshow", () => {
    proof.value = "";
    says.textContent = "";
  });
}
