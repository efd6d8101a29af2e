// The sign-in and error pages.
"use strict";

const show = document.getElementById("show-password");
if (show) {
  const password = document.getElementById("password");
  show.hidden = false;
  show.addEventListener("click", () => {
    const visible = password.type === "text";
    password.type = visible ? "password" : "text";
    show.setAttribute("aria-pressed", String(!visible));
    password.focus();
  });
  // What was typed is never left readable behind a page that is being sent.
  password.form.addEventListener("submit", () => {
    password.type = "password";
  });
}

// Passwords are checked a few at a time, so on a busy morning the answer takes a while.
const WAITS = [
  [1500, "Signing you in."],
  [
    5000,
    "Many people are signing in at the moment, and it is done one after the other. " +
      "Leave this page open: it goes on by itself.",
  ],
];
const timers = [];
function sayHowItGoes(form) {
  const says = form.querySelector("[data-wait-says]");
  if (!says) return;
  for (const [after, words] of WAITS) {
    timers.push(setTimeout(() => (says.textContent = words), after));
  }
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // Else a proof of work comes first, and says itself how it goes.
    if (!event.defaultPrevented) sayHowItGoes(form);
  });
  form.addEventListener("proved", () => sayHowItGoes(form));
}
window.addEventListener("pageshow", () => {
  for (const timer of timers.splice(0)) clearTimeout(timer);
  for (const form of document.querySelectorAll("form")) {
    delete form.dataset.sent;
    const says = form.querySelector("[data-wait-says]");
    if (says) says.textContent = "";
  }
});

const menuButton = document.getElementById("pt-menu-button");
menuButton?.addEventListener("click", () => {
  const open = menuButton.getAttribute("aria-expanded") !== "true";
  menuButton.setAttribute("aria-expanded", String(open));
});
