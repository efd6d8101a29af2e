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

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
});

const menuButton = document.getElementById("pt-menu-button");
menuButton?.addEventListener("click", () => {
  const open = menuButton.getAttribute("aria-expanded") !== "true";
  menuButton.setAttribute("aria-expanded", String(open));
});
