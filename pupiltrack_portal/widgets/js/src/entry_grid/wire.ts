/** The messages, as grid_protocol.py reads and grid_encoding.py writes them. */
export type Kind = "choice" | "text" | "number" | "readonly";
export type Value = string | null;
/** A palette name; null is automatic, the column's own colours. */
export type Colour = string | null;

export interface Column {
  key: string;
  label: string;
  kind: Kind;
  width: number;
  fill: boolean;
  group?: string;
  choices?: [value: string, label: string][];
  colours?: Record<string, string>;
  description?: string;
  min?: number;
  max?: number;
  decimals?: number;
  max_length?: number;
  /** Single cells may have a colour of their own. */
  colourable?: boolean;
  /** Numbers outside are saved, with a note. */
  usual?: [lowest: number, highest: number];
}

/** A sign beside the row's heading, filled or hollow. */
export type WireMark = [filled: 0 | 1, text: string, description: string];
export type WireRow = [key: string, label: string, sublabel: string, flag: string, mark?: WireMark];
/** `share`, from 0 to 1, is there when the figure has a bar. */
export type WireFigure = [text: string, description: string, share?: number];
export type WireFootRow = [
  key: string,
  label: string,
  description: string,
  cells: Record<string, WireFigure>,
  tone: string,
];

export interface Data {
  caption: string;
  row_heading: string;
  read_only: boolean;
  revision: number;
  columns: Column[];
  rows: WireRow[];
  values: Value[][];
  versions: (number[] | 0)[];
  colours: [row: number, column: number, colour: string][];
  locked: [row: number, column: number][];
  foot: WireFootRow[];
  /** The person's own widths in pixels, by column key. */
  widths: Record<string, number>;
  bars: boolean;
  /** Where typed values outlive the page; "" for nowhere. */
  kept_as: string;
}

export type Outcome = [
  row: string,
  column: string,
  status: "saved" | "refused" | "conflict" | "unsaved",
  value: Value,
  version: number,
  reason: string,
  theirs: Value,
  /** The colour stored now. */
  colour: Colour,
];

export interface Answer {
  type: "answer";
  client: string;
  seq: number;
  revision: number;
  outcomes: Outcome[];
  foot: WireFootRow[] | null;
  rows: WireRow[] | null;
  message: string;
}

export interface Rejected {
  type: "rejected";
  seq: number | null;
  reason: string;
}

export type CellUpdate = [
  row: string,
  column: string,
  value: Value,
  version: number,
  colour: Colour,
  locked?: 1 | undefined,
];

export type WirePast = [value: Value, text: string, colour: Colour, who: string, when: string];

/** What was entered in a cell, newest first; or why that cannot be told. */
export type PastAnswer = { type: "history"; ask: number } & (
  | { entries: WirePast[]; failed?: undefined }
  | { entries?: undefined; failed: string }
);

export type FromKernel =
  | Answer
  | Rejected
  | PastAnswer
  | { type: "cells"; cells: CellUpdate[]; revision: number }
  | { type: "foot"; foot: WireFootRow[]; revision: number }
  | { type: "rows"; rows: WireRow[]; revision: number };

/** `colour` is there when it changes: a palette name, "" for automatic. */
export type SentCell = [row: string, column: string, value: Value, version: number, colour?: string];

export interface Batch {
  type: "changes";
  client: string;
  seq: number;
  cells: SentCell[];
}

export type ToKernel =
  | Batch
  | { type: "open"; revision: number }
  | { type: "row_open"; row: string }
  | { type: "history"; ask: number; row: string; column: string }
  | { type: "layout"; widths: Record<string, number>; bars: boolean };
