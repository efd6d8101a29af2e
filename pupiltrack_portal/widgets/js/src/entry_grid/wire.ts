/** The messages, as grid_protocol.py writes and reads them. */
export type Kind = "choice" | "text" | "number" | "readonly";
export type Value = string | null;

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
}

export type WireRow = [key: string, label: string, sublabel: string, flag: string];
export type WireFootRow = [
  key: string,
  label: string,
  description: string,
  cells: Record<string, [text: string, description: string]>,
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
  foot: WireFootRow[];
}

export type Outcome = [
  row: string,
  column: string,
  status: "saved" | "refused" | "conflict" | "unsaved",
  value: Value,
  version: number,
  reason: string,
  theirs: Value,
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

export type CellUpdate = [row: string, column: string, value: Value, version: number, colour: string | null];

export type FromKernel =
  | Answer
  | Rejected
  | { type: "cells"; cells: CellUpdate[]; revision: number }
  | { type: "foot"; foot: WireFootRow[]; revision: number }
  | { type: "rows"; rows: WireRow[]; revision: number };

export interface Batch {
  type: "changes";
  client: string;
  seq: number;
  cells: [row: string, column: string, value: Value, version: number][];
}
