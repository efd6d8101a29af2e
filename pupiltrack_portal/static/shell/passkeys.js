// Making a passkey and signing in with one. Without passkeys in the browser nothing is shown.
"use strict";

const canMake = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON);

async function optionsFrom(form) {
  const answer = await fetch(form.dataset.passkeyOptions, {
    method: "POST",
    headers: { "X-XSRFToken": form.elements._xsrf.value },
  });
  if (!answer.ok) throw new Error("no options");
  return JSON.parse((await answer.json()).options);
}

async function credentialFor(form) {
  const options = await optionsFrom(form);
  if (form.dataset.passkeySignsIn !== undefined) {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return navigator.credentials.create({ publicKey });
}

function prepare(form) {
  const says = form.querySelector("[data-passkey-says]");
  form.closest("[hidden]")?.removeAttribute("hidden");
  form.addEventListener("submit", async (event) => {
    if (form.elements.passkey.value) return;
    event.preventDefault();
    says.textContent = "Follow what your device asks.";
    try {
      const credential = await credentialFor(form);
      form.elements.passkey.value = JSON.stringify(credential.toJSON());
      delete form.dataset.sent;
      form.submit();
    } catch {
      delete form.dataset.sent;
      says.textContent = "No passkey was used. Nothing was changed. Try again, or use another way.";
    }
  });
}

// A browser makes passkeys for host names only, never for a numeric address.
const isName = !/^[\d.:[\]]+$/.test(location.hostname);
if (canMake && isName) {
  for (const form of document.querySelectorAll("form[data-passkey-options]")) prepare(form);
}
