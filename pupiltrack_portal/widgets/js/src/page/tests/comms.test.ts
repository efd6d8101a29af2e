// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Comms, type PageComm } from "../comms";
import type { Message } from "../line";
import { FakeSocket } from "./socket";

let comms: Comms;
let said: string[];

beforeEach(() => {
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.made = [];
  said = [];
  comms = new Comms("01234567-89ab-cdef-0123-456789abcdef", () => {});
  comms.connect();
  FakeSocket.last.open();
});

afterEach(() => {
  comms.stop();
  vi.unstubAllGlobals();
});

const settled = () => new Promise((done) => setTimeout(done));
const dataOf = (message: Message) => (message.content as unknown as { data: string }).data;

test("a message reaches its own comm", async () => {
  comms.comm("jupyter.widget", "a").on_msg((message) => said.push(`a ${dataOf(message)}`));
  comms.comm("jupyter.widget", "b").on_msg((message) => said.push(`b ${dataOf(message)}`));
  FakeSocket.last.answer("comm_msg", { comm_id: "b", data: "1" });
  FakeSocket.last.answer("comm_msg", { comm_id: "unknown", data: "2" });
  FakeSocket.last.answer("comm_msg", { comm_id: "a", data: "3" });
  await settled();
  expect(said).toEqual(["b 1", "a 3"]);
});

test("messages wait until the one before has been handled", async () => {
  let go = () => {};
  comms.onOpened = (comm: PageComm) => {
    return new Promise<void>((done) => {
      go = () => {
        comm.on_msg((message) => said.push(dataOf(message)));
        done();
      };
    });
  };
  FakeSocket.last.answer("comm_open", { comm_id: "new", target_name: "jupyter.widget", data: {} });
  FakeSocket.last.answer("comm_msg", { comm_id: "new", data: "first" });
  await settled();
  expect(said).toEqual([]);
  go();
  await settled();
  expect(said).toEqual(["first"]);
});

test("one that fails does not keep the next from being handled", async () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const comm = comms.comm("jupyter.widget", "a");
  comm.on_msg((message) => {
    said.push(dataOf(message));
    throw new Error("a widget's fault");
  });
  FakeSocket.last.answer("comm_msg", { comm_id: "a", data: "1" });
  FakeSocket.last.answer("comm_msg", { comm_id: "a", data: "2" });
  await settled();
  expect(said).toEqual(["1", "2"]);
  expect(error).toHaveBeenCalledTimes(2);
  error.mockRestore();
});

test("the status of what a widget sent comes back to it until the kernel is idle", async () => {
  const status = (message: Message) =>
    said.push((message.content as unknown as { execution_state: string }).execution_state);
  const comm = comms.comm("jupyter.widget", "a");
  const id = comm.send({ method: "update" }, { iopub: { status } } as never);
  for (const state of ["busy", "idle", "busy"]) {
    FakeSocket.last.answer("status", { execution_state: state }, id);
  }
  FakeSocket.last.answer("status", { execution_state: "idle" }, "another");
  await settled();
  expect(said).toEqual(["busy", "idle"]);
});

test("a comm closed by the kernel is told, and hears no more", async () => {
  const comm = comms.comm("jupyter.widget", "a");
  comm.on_close(() => said.push("closed"));
  comm.on_msg((message) => said.push(dataOf(message)));
  FakeSocket.last.answer("comm_close", { comm_id: "a", data: {} });
  FakeSocket.last.answer("comm_msg", { comm_id: "a", data: "late" });
  await settled();
  expect(said).toEqual(["closed"]);
});
