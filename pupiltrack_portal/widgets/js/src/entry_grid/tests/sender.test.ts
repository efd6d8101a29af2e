import { describe, expect, test } from "vitest";
import { ANSWER_WITHIN, backoff, LONGEST_WAIT, Sender } from "../sender";
import type { Batch, Outcome, Value } from "../wire";
import { answer, HandClock, storeOf } from "./examples";

function bench(rows = 2) {
  const store = storeOf(Array.from({ length: rows }, () => [null, null, null, null]));
  const clock = new HandClock();
  const posted: Batch[] = [];
  const failed: string[] = [];
  const line = { dead: false };
  const sender = new Sender(
    store,
    (batch) => {
      if (line.dead) throw new Error("closed");
      posted.push(structuredClone(batch));
    },
    { touched: () => {}, answered: () => {}, failed: (reason) => failed.push(reason), status: () => {} },
    clock,
    "c",
  );
  const type = (row: string, value: Value) => {
    store.edit([{ row, column: "re", value }]);
    sender.kick();
    clock.pass(0);
  };
  const reply = (status: Outcome[2] = "saved") => {
    const { seq, cells } = posted.at(-1)!;
    sender.onAnswer(
      answer(seq, cells.map(([row, column, value, version]): Outcome => [row, column, status, value, version + 1, "", null, null])),
    );
    clock.pass(0);
  };
  return { store, clock, posted, failed, sender, line, type, reply, state: (row: string) => store.cell(row, "re")!.state };
}

describe("Sender", () => {
  test("sends one message for many cells, and one batch at a time", () => {
    const { store, sender, clock, posted, type, reply } = bench(3);
    store.edit(["p0", "p1"].map((row) => ({ row, column: "re", value: "B" })));
    sender.kick();
    clock.pass(0);
    type("p2", "T");
    expect(posted.map((batch) => batch.cells.length)).toEqual([2]);
    reply();
    expect(posted.map((batch) => [batch.seq, batch.cells.length])).toEqual([[1, 2], [2, 1]]);
  });

  test("repeats an unanswered batch under its own number, ever more slowly", () => {
    const { clock, posted, failed, type, reply, state } = bench();
    type("p0", "B");
    clock.pass(ANSWER_WITHIN - 1);
    expect([posted.length, state("p0")]).toEqual([1, "pending"]);
    clock.pass(1);
    expect([posted.length, state("p0"), failed.length]).toEqual([2, "unsaved", 1]);
    clock.pass(backoff(1));
    clock.pass(backoff(2));
    expect(posted.map(({ seq }) => seq)).toEqual([1, 1, 1, 1]);
    expect(posted[3]!.cells).toEqual(posted[0]!.cells);
    reply();
    expect(state("p0")).toBe("saved");
    clock.pass(10 * LONGEST_WAIT);
    expect(posted).toHaveLength(4);
  });

  test("keeps and sends what is typed while there is no answer", () => {
    const { clock, posted, type, reply, state } = bench();
    type("p0", "B");
    clock.pass(ANSWER_WITHIN);
    type("p1", "T");
    type("p0", "O");
    reply();
    expect(posted.at(-1)).toMatchObject({ seq: 2, cells: [["p0", "re", "O", 1], ["p1", "re", "T", 0]] });
    reply();
    expect([state("p0"), state("p1")]).toEqual(["saved", "saved"]);
  });

  test("takes a closed channel for no answer", () => {
    const { clock, posted, line, type, state } = bench();
    line.dead = true;
    type("p0", "B");
    expect(state("p0")).toBe("unsaved");
    line.dead = false;
    clock.pass(LONGEST_WAIT);
    expect(posted.length).toBeGreaterThan(0);
  });

  test("ignores an answer to another number or another browser", () => {
    const { sender, type, state } = bench();
    type("p0", "B");
    sender.onAnswer(answer(7, [["p0", "re", "saved", "B", 1, "", null, null]]));
    sender.onAnswer(answer(1, [["p0", "re", "saved", "B", 1, "", null, null]], "other"));
    expect(state("p0")).toBe("pending");
  });

  test("tries unsaved cells again a few times by itself, under new numbers", () => {
    const { clock, posted, sender, type, reply } = bench();
    type("p0", "B");
    for (let i = 1; i <= 5; i++) {
      reply("unsaved");
      clock.pass(backoff(i));
    }
    expect(posted.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    reply("unsaved");
    clock.pass(10 * LONGEST_WAIT);
    expect(posted).toHaveLength(6);
    sender.retryNow();
    clock.pass(0);
    expect(posted).toHaveLength(7);
  });

  test("does not repeat a rejected batch by itself", () => {
    const { clock, posted, sender, type, state } = bench();
    type("p0", "B");
    sender.onRejected({ type: "rejected", seq: 1, reason: "No." });
    clock.pass(10 * LONGEST_WAIT);
    expect([posted.length, state("p0")]).toEqual([1, "unsaved"]);
  });

  test("a delayed kick waits for more letters", () => {
    const { store, clock, sender, posted } = bench();
    store.edit([{ row: "p0", column: "re", value: "B" }]);
    sender.kick(800);
    clock.pass(799);
    expect(posted).toEqual([]);
    clock.pass(1);
    expect(posted).toHaveLength(1);
  });
});
