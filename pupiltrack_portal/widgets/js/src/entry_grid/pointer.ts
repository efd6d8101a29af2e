import type { GridView } from "./grid";
import { openMenu } from "./menu";
import { noteFor } from "./notes";
import type { Place } from "./selection";

/** Mouse and touch: press to focus, drag to select, press again or twice to edit. */
export function listenToPointer(grid: GridView): () => void {
  const { element } = grid.table;
  let dragging = false;
  let pressedActive = false;

  const onDown = (event: PointerEvent) => {
    const place = grid.table.placeOf(event.target);
    if (!place || event.button !== 0 || isInEditor(event.target)) return;
    pressedActive = sameAsActive(grid, place) && element.contains(document.activeElement);
    const extend = event.shiftKey && place.section === "body" && place.column >= 0;
    // The browser would focus nothing and start to select text.
    if (!isButton(event.target)) event.preventDefault();
    grid.focusPlace(place, extend);
    // A finger scrolls; only a mouse or a pen selects by dragging.
    dragging = event.pointerType !== "touch" && place.section === "body" && place.column >= 0;
  };
  const onMove = (event: PointerEvent) => {
    if (!dragging || (event.buttons & 1) === 0) {
      dragging = false;
      return;
    }
    const place = grid.table.placeOf(document.elementFromPoint(event.clientX, event.clientY));
    if (place?.section === "body" && place.column >= 0 && !sameAsActive(grid, place)) grid.focusPlace(place, true);
  };
  const onUp = () => {
    dragging = false;
  };
  const onClick = (event: MouseEvent) => {
    const place = grid.table.placeOf(event.target);
    if (!place || isInEditor(event.target)) return;
    if (place.section === "head") openMenu(grid, place.column);
    else if (place.section === "body" && place.column < 0) {
      if (isButton(event.target)) grid.session.openRow(grid.table.order[place.row]!);
    } else if (place.section === "body" && pressedActive && sameAsActive(grid, place)) {
      grid.openEditor(null, true);
    }
  };
  const onOver = (event: PointerEvent) => {
    if (event.pointerType === "touch" || dragging) return;
    const place = grid.table.placeOf(event.target);
    const cell = place && grid.table.at(place.section, place.row, place.column);
    if (place && cell) grid.tooltip.hover(cell, noteFor(grid, place));
    else grid.tooltip.leave();
  };
  const onOut = () => grid.tooltip.leave();

  element.addEventListener("pointerdown", onDown);
  element.addEventListener("click", onClick);
  element.addEventListener("pointerover", onOver);
  element.addEventListener("pointerleave", onOut);
  window.addEventListener("pointermove", onMove);
  window.addEventListener("pointerup", onUp);
  return () => {
    window.removeEventListener("pointermove", onMove);
    window.removeEventListener("pointerup", onUp);
  };
}

function sameAsActive({ active }: GridView, place: Place): boolean {
  return active.section === place.section && active.row === place.row && active.column === place.column;
}

function isInEditor(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".ptg-editor") !== null;
}

function isButton(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button") !== null;
}
