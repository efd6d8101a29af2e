import { openCellMenu } from "./cell_menu";
import type { GridView } from "./grid";
import { openHeadingMenu } from "./heading_menu";
import { clampWidth } from "./layout";
import { noteFor } from "./notes";
import { contains, type Place } from "./selection";

/** Mouse and touch: press to focus, drag to select, press again or twice to edit. */
export function listenToPointer(grid: GridView): () => void {
  const { element } = grid.table;
  let dragging = false;
  let pressedActive = false;
  let sizing: { column: number; width: number; from: number } | null = null;

  const onDown = (event: PointerEvent) => {
    if (event.button === 0 && isGrip(event.target)) {
      const column = grid.table.placeOf(event.target)!.column;
      sizing = { column, width: grid.session.layout.widthOf(grid.table.columns[column]!), from: event.clientX };
      event.preventDefault();
      return;
    }
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
  const widthAt = ({ width, from }: NonNullable<typeof sizing>, x: number) => clampWidth(width + x - from);
  const onMove = (event: PointerEvent) => {
    if (sizing) {
      grid.table.showWidth(sizing.column, widthAt(sizing, event.clientX));
      return;
    }
    if (!dragging || (event.buttons & 1) === 0) {
      dragging = false;
      return;
    }
    const place = grid.table.placeOf(document.elementFromPoint(event.clientX, event.clientY));
    if (place?.section === "body" && place.column >= 0 && !sameAsActive(grid, place)) grid.focusPlace(place, true);
  };
  const onUp = (event: PointerEvent) => {
    dragging = false;
    if (!sizing) return;
    const column = grid.table.columns[sizing.column]!;
    const width = widthAt(sizing, event.clientX);
    if (width !== sizing.width) grid.session.layout.setWidth(column, width);
    sizing = null;
    grid.session.layoutChanged();
  };
  const onClick = (event: MouseEvent) => {
    const place = grid.table.placeOf(event.target);
    if (!place || isInEditor(event.target) || isGrip(event.target)) return;
    if (place.section === "head") openHeadingMenu(grid, place.column);
    else if (place.section === "body" && place.column < 0) {
      if (isButton(event.target)) grid.session.openRow(grid.table.order[place.row]!);
    } else if (place.section === "body" && pressedActive && sameAsActive(grid, place)) {
      grid.editing.open(null, true);
    }
  };
  const onDoubleClick = (event: MouseEvent) => {
    if (!isGrip(event.target)) return;
    const column = grid.table.columns[grid.table.placeOf(event.target)!.column]!;
    grid.session.layout.setWidth(column, null);
    grid.session.layoutChanged();
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
  element.addEventListener("dblclick", onDoubleClick);
  element.addEventListener("pointerover", onOver);
  element.addEventListener("pointerleave", onOut);
  window.addEventListener("pointermove", onMove);
  window.addEventListener("pointerup", onUp);
  return () => {
    window.removeEventListener("pointermove", onMove);
    window.removeEventListener("pointerup", onUp);
  };
}

/** The menu of a cell under the pointer; inside a selection it is the selection's. */
export function onContextMenu(grid: GridView, event: MouseEvent): void {
  const place = grid.table.placeOf(event.target);
  // In an editor, and outside the cells, the browser's own menu is of more use.
  if (!place || isInEditor(event.target) || place.section === "foot") return;
  if (place.section === "head") {
    event.preventDefault();
    openHeadingMenu(grid, place.column);
    return;
  }
  if (place.column < 0 && !grid.session.rowLink.length) return;
  event.preventDefault();
  if (!contains(grid.selection(), place.row, place.column)) grid.focusPlace(place);
  openCellMenu(grid);
}

function isGrip(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(".ptg-grip");
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
