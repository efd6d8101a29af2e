// The menu of the header: groups that open one at a time, and the button of a narrow screen. It
// listens on the document, because it works while the rest of the page is still on its way.

function closeGroups(but: Element | null | undefined): void {
  for (const group of document.querySelectorAll<HTMLDetailsElement>(".pt-group[open]")) {
    if (group !== but) group.open = false;
  }
}

const groupOf = (target: EventTarget | null) =>
  target instanceof Element ? target.closest<HTMLDetailsElement>(".pt-group") : null;

/** Begin to work the menu. */
export function workMenu(): void {
  document.addEventListener("click", (event) => {
    closeGroups(groupOf(event.target));
    const button = event.target instanceof Element && event.target.closest("#pt-menu-button");
    if (button) {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
    }
  });
  document.addEventListener("focusin", (event) => closeGroups(groupOf(event.target)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const group = groupOf(document.activeElement);
    closeGroups(null);
    if (group?.matches(".pt-group")) group.querySelector("summary")?.focus();
  });
}
