import { type After, CellEditor } from "./editor";
import { nextCell, type Run, type Way } from "./entry_run";
import type { GridView } from "./grid";
import { openConflict } from "./panels";
import { moved, type Place } from "./selection";
import { readEntry } from "./values";
import { columnName } from "./words";

/** Typing into cells: the one open editor, and where an entry leads. */
export class Editing {
  private editor: CellEditor | null = null;
  private run: Run | null = null;
  /** The cell a value was just typed into, without an editor. */
  private typedAt: Place | null = null;
  /** The grid was given other content while an editor was open: it is drawn when that closes. */
  late = false;

  constructor(private readonly grid: GridView) {}

  get isOpen(): boolean {
    return this.editor !== null;
  }

  /** Enter what is in an open editor and leave it, wherever the focus goes. */
  finish(): void {
    this.editor?.finish("none");
  }

  open(typed: string | null = null, byPointer = false): void {
    const { grid } = this;
    const here = grid.activeCell();
    const cell = here && grid.table.at("body", grid.active.row, grid.active.column);
    if (!here || !cell || this.editor) return;
    const { row, column } = here;
    const { store } = grid.session;
    if (store.cell(row, column.key)?.state === "conflict") {
      openConflict(grid, grid.active, row, column);
      return;
    }
    if (!store.mayEditCell(row, column.key)) {
      grid.answer("This cell is for reading only.");
      return;
    }
    grid.tooltip.blur();
    store.beginEdit(row, column.key);
    const name = `${store.row(row)?.[1] ?? ""}, ${columnName(column)}`;
    const end = (): Place => {
      this.editor = null;
      cell.classList.remove("ptg-editing", "ptg-grow-left");
      if (this.late) {
        this.late = false;
        grid.all();
      }
      grid.setStop();
      return grid.placeOfKeys(row, column.key) ?? grid.active;
    };
    const editor = new CellEditor(cell, column, name, store.shownValue(row, column.key), typed, {
      cancel: () => {
        const place = end();
        grid.table.paint([{ row, column: column.key }, ...store.endEdit(false)]);
        if (grid.root.isConnected) grid.focusPlace(place);
      },
      commit: (text, after) => {
        const place = end();
        const { value, reason } = readEntry(column, text);
        const changes = value !== store.shownValue(row, column.key);
        const touched = store.endEdit(changes);
        if (changes) grid.enter([{ row, column: column.key, value, reason }], name);
        grid.table.paint([{ row, column: column.key }, ...touched]);
        if (after !== "none") this.leave(place, after);
      },
    });
    // The control is the stop now; a cell that can be focused behind it would be a hidden target.
    cell.removeAttribute("tabindex");
    grid.forgetStop();
    this.editor = editor;
    grid.tooltip.blur();
    // A wide text box in one of the last columns grows to the left, not out of sight.
    cell.classList.toggle("ptg-grow-left", grid.isNearRightEdge(cell));
    if (byPointer) editor.openList();
  }

  private leave(place: Place, after: After): void {
    const { run } = this;
    this.grid.focusPlace(place);
    if (after === "stay" || after === "none") return;
    this.run = run;
    if (this.advance(after)) return;
    // Past the last row the entry is over; the foot is not the next cell to type in.
    const to = moved(place, after, this.grid.shape(), 1);
    if (to.section === "body" && to.column >= 0) this.grid.focusPlace(to);
  }

  /** A value was typed into the focused cell: Enter and Tab lead on from here. */
  noteTyped(): void {
    this.typedAt = this.grid.active;
  }

  /** The focus moved by other means than Enter or Tab, or the entry was taken back. */
  forgetTyped(): void {
    this.typedAt = null;
    this.run = null;
  }

  /** Lead on from a value just typed. False when nothing was, or there is no such cell. */
  advanceTyped(way: Way): boolean {
    const { active, session } = this.grid;
    const here = this.grid.activeCell();
    const at = this.typedAt;
    if (!here || !at || at.row !== active.row || at.column !== active.column) return false;
    const state = session.store.cell(here.row, here.column.key)?.state;
    // Something is wrong with the entry: the keys are for mending it.
    if (state === "refused" || state === "conflict" || state === "unsaved") return false;
    // The entry is done: nothing is gained by waiting for more letters.
    session.sender.kick();
    if (this.advance(way)) return true;
    this.forgetTyped();
    // Tab may leave the table; Enter on the last row has done what it can.
    return way === "down" || way === "up";
  }

  private advance(way: Way): boolean {
    const { grid } = this;
    const { store } = grid.session;
    const to = nextCell(grid.active, way, this.run, grid.shape(), (r, c) =>
      store.mayEditCell(grid.table.order[r]!, grid.table.columns[c]!.key),
    );
    if (!to) return false;
    grid.focusPlace(to.place);
    this.run = to.run;
    return true;
  }
}
