import { clearSelection } from "./blocks";
import { openCellMenu } from "./cell_menu";
import type { GridView } from "./grid";
import { openHeadingMenu } from "./heading_menu";
import type { Move } from "./selection";
import { labelOf, typeAhead } from "./values";
import { columnName } from "./words";

const MOVES: Record<string, Move> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "home",
  End: "end",
  PageUp: "pageUp",
  PageDown: "pageDown",
};
const LETTERS_TOGETHER = 800;

/** Letters typed in quick succession into one cell. */
interface Typing {
  cell: string;
  letters: string;
  at: number;
}

const typing = new WeakMap<GridView, Typing>();

/**
 * What a key does while no editor is open. Tab is left to the browser, so that it leaves the grid,
 * unless a value was just typed.
 */
export function onKey(grid: GridView, event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const control = event.ctrlKey || event.metaKey;
  // Any other key ends what letters in quick succession mean together.
  if (control || (event.key.length > 1 && event.key !== "Shift")) typing.delete(grid);
  const handled = control ? onControlKey(grid, event) : onPlainKey(grid, event);
  if (handled) event.preventDefault();
}

function onControlKey(grid: GridView, event: KeyboardEvent): boolean {
  switch (event.key) {
    case "Home":
      grid.move("first", false);
      return true;
    case "End":
      grid.move("last", event.shiftKey);
      return true;
    case " ":
      if (grid.active.column >= 0) grid.selectColumn(grid.active.column);
      return true;
  }
  switch (event.key.toLowerCase()) {
    case "z":
      grid.editing.forgetTyped();
      grid.session.step(event.shiftKey ? "redo" : "undo");
      return true;
    case "y":
      grid.session.step("redo");
      return true;
    case "a":
      grid.selectAll();
      return true;
    case "s":
      grid.session.saveNow();
      return true;
  }
  return false;
}

function onPlainKey(grid: GridView, event: KeyboardEvent): boolean {
  const { key, altKey, shiftKey } = event;
  const { section, column } = grid.active;
  if (altKey) {
    if (key !== "ArrowDown") return false;
    activate(grid);
    return true;
  }
  const move = MOVES[key];
  if (move) {
    grid.move(move, shiftKey);
    return true;
  }
  if (key === "Escape") return onEscape(grid);
  if (key === "Tab") return grid.editing.advanceTyped(shiftKey ? "left" : "right");
  if (key === "Enter" && grid.editing.advanceTyped(shiftKey ? "up" : "down")) return true;
  if (key === "ContextMenu" || (key === "F10" && shiftKey)) {
    if (section === "head") openHeadingMenu(grid, column);
    else openCellMenu(grid);
    return true;
  }
  if (key === "Enter" || key === "F2" || (key === " " && (section !== "body" || column < 0))) {
    activate(grid);
    return true;
  }
  if (section !== "body" || column < 0) return false;
  if (key === "Delete" || key === "Backspace") {
    clearSelection(grid);
    return true;
  }
  return key.length === 1 && onLetter(grid, key, event.timeStamp);
}

function activate(grid: GridView): void {
  const { section, column, row } = grid.active;
  if (section === "head") openHeadingMenu(grid, column);
  else if (section === "body" && column >= 0) grid.editing.open();
  else if (section === "body" && grid.session.rowOpens) grid.session.openRow(grid.table.order[row]!);
}

function onEscape(grid: GridView): boolean {
  grid.editing.forgetTyped();
  const here = grid.activeCell();
  if (here && grid.session.restore(here.row, here.column.key)) return true;
  return grid.tooltip.dismiss();
}

function onLetter(grid: GridView, letter: string, now: number): boolean {
  const here = grid.activeCell();
  if (!here) return false;
  const { row, column } = here;
  const { store } = grid.session;
  if (column.kind !== "choice" || !store.mayEditCell(row, column.key) || store.cell(row, column.key)?.state === "conflict") {
    grid.editing.open(letter);
    return true;
  }
  if (letter === " ") {
    grid.editing.open();
    return true;
  }
  const name = `${row}\u0000${column.key}`;
  const last = typing.get(grid);
  const goesOn = last?.cell === name && now - last.at < LETTERS_TOGETHER;
  const letters = goesOn ? last.letters + letter : letter;
  typing.set(grid, { cell: name, letters, at: now });
  const meant = typeAhead(column, letters, store.shownValue(row, column.key));
  if (!meant) {
    const known = (column.choices ?? []).map(([, label]) => label).join(", ");
    grid.answer(`“${letters}” is not one of the choices: ${known}.`);
    return true;
  }
  grid.enter([{ row, column: column.key, value: meant.value }], `${store.row(row)?.[1] ?? ""}, ${columnName(column)}`, {
    join: goesOn,
    delay: meant.ambiguous ? LETTERS_TOGETHER : 0,
  });
  grid.editing.noteTyped();
  grid.say(labelOf(column, meant.value));
  return true;
}
