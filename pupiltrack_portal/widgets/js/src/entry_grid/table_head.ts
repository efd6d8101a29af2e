import { el } from "../shared/dom";
import type { Descriptions } from "./descriptions";
import { ROW_HEADING, type Sort } from "./ordering";
import type { Session } from "./session";
import type { Column } from "./wire";

/** The headings: one line or two, the signs of sorting and filtering, and the columns' widths. */
export class TableHead {
  readonly element = el("thead", { role: "rowgroup" });
  /** The colgroups that give the columns their widths. */
  groups: HTMLElement[] = [];
  /** For each column the ids of its headings, for the cells' `headers`. */
  headerIds: string[] = [];
  headingCell!: HTMLTableCellElement;
  private leaves: HTMLTableCellElement[] = [];
  private columnWidths: HTMLTableColElement[] = [];
  private readonly firstColumn = el("col");

  constructor(
    private readonly session: Session,
    private readonly uid: string,
    private readonly descriptions: Descriptions,
  ) {}

  private get columns(): Column[] {
    return this.session.store.columns;
  }

  get rowCount(): number {
    return this.columns.some((column) => column.group) ? 2 : 1;
  }

  leaf(column: number): HTMLTableCellElement | null {
    return this.leaves[column] ?? null;
  }

  /** The class of the first cell of a group of columns. */
  edge(column: number): string {
    const before = this.columns[column - 1];
    return column > 0 && before?.group !== this.columns[column]?.group ? " ptg-edge" : "";
  }

  build(): void {
    const twoLevels = this.rowCount === 2;
    const top = el("tr", { role: "row", "aria-rowindex": 1 });
    const bottom = el("tr", { role: "row", "aria-rowindex": 2 });
    this.groups = [el("colgroup", {}, this.firstColumn)];
    this.headingCell = el("th", {
      class: "ptg-head ptg-heading",
      id: `${this.uid}h`,
      role: "columnheader",
      scope: "col",
      rowspan: twoLevels ? 2 : null,
    });
    top.append(this.headingCell);
    this.fill(this.headingCell, this.session.store.rowHeading || "Row", "");
    this.leaves = [];
    this.headerIds = [];
    this.columnWidths = [];
    for (let at = 0; at < this.columns.length; ) {
      const { group } = this.columns[at]!;
      let end = at + 1;
      while (group && this.columns[end]?.group === group) end++;
      const members = this.columns.slice(at, end);
      const widths = members.map(() => el("col"));
      this.columnWidths.push(...widths);
      this.groups.push(el("colgroup", {}, ...widths));
      const groupId = group ? `${this.uid}g${at}` : "";
      if (group) top.append(groupHeading(group, groupId, members.length));
      members.forEach((column, i) => {
        const leaf = this.makeLeaf(column, at + i, twoLevels && !group);
        (group && twoLevels ? bottom : top).append(leaf);
        this.leaves.push(leaf);
        this.headerIds.push(`${groupId} ${leaf.id}`.trim());
      });
      at = end;
    }
    this.element.replaceChildren(...(twoLevels ? [top, bottom] : [top]));
  }

  private makeLeaf(column: Column, at: number, tall: boolean): HTMLTableCellElement {
    const leaf = el("th", {
      class: `ptg-head ptg-leaf${this.edge(at)}`,
      id: `${this.uid}c${at}`,
      role: "columnheader",
      scope: "col",
      rowspan: tall ? 2 : null,
      "data-c": at,
    });
    this.fill(leaf, column.label, column.description ?? "");
    // For a pointer only; the heading's menu does the same by keyboard.
    leaf.append(el("span", { class: "ptg-grip", "aria-hidden": "true" }));
    return leaf;
  }

  private fill(cell: HTMLElement, label: string, description: string): void {
    cell.setAttribute("aria-haspopup", "menu");
    cell.setAttribute("aria-expanded", "false");
    cell.append(
      el(
        "span",
        { class: "ptg-head-in" },
        el("span", { class: "ptg-head-label" }, label),
        el("span", { class: "ptg-head-sign", "aria-hidden": "true" }),
      ),
    );
    this.descriptions.describe(cell, description);
  }

  /** Show which column is sorted, and which are filtered. */
  mark(sort: Sort | null, filtered: (key: string) => boolean): void {
    const cells: [key: string, cell: HTMLElement][] = [
      [ROW_HEADING, this.headingCell],
      ...this.leaves.map((leaf, at): [string, HTMLElement] => [this.columns[at]!.key, leaf]),
    ];
    for (const [key, cell] of cells) {
      const sorted = sort?.column === key;
      if (sorted) cell.setAttribute("aria-sort", sort.descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
      cell.classList.toggle("ptg-filtered", filtered(key));
      const sign = cell.querySelector(".ptg-head-sign");
      if (sign) sign.textContent = (filtered(key) ? "⧩" : "") + (sorted ? (sort.descending ? "▼" : "▲") : "▾");
    }
  }

  /** Give the columns their widths; the frozen one gets `frozen` pixels. Returns the whole. */
  setWidths(frozen: number): number {
    this.firstColumn.style.width = `${frozen}px`;
    let whole = frozen;
    this.columns.forEach((column, at) => {
      const width = this.session.layout.widthOf(column);
      this.columnWidths[at]!.style.width = `${width}px`;
      whole += width;
    });
    return whole;
  }

  /** Show a width while it is being dragged. */
  showWidth(column: number, width: number): void {
    this.columnWidths[column]!.style.width = `${width}px`;
  }
}

function groupHeading(group: string, id: string, columns: number): HTMLTableCellElement {
  return el(
    "th",
    { class: "ptg-head ptg-group", id, role: "columnheader", scope: "colgroup", colspan: columns },
    el("span", { class: "ptg-group-label" }, group),
  );
}
