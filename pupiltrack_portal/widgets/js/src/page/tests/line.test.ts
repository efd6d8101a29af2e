// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Line, type Message, type State } from "../line";
import { FakeSocket } from "./socket";

const ID = "01234567-89ab-cdef-0123-456789abcdef";
let states: [State, number][];
let messages: Message[];
let line: Line;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.made = [];
  states = [];
  messages = [];
  line = new Line(ID, (message) => messages.push(message), (state, code) => states.push([state, code]));
  line.connect();
});

afterEach(() => {
  line.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const sentBy = (socket: FakeSocket) =>
  socket.sent.map((message) => (message.content as unknown as { data: unknown }).data);
const say = (data: unknown) => line.send("comm_msg", { comm_id: "a", data });

test("the address names the kernel and the page's own number", () => {
  const { address, protocol } = FakeSocket.last;
  expect(address.protocol).toBe("ws:");
  expect(address.pathname).toBe(`/api/kernels/${ID}/channels`);
  expect(address.searchParams.get("session_id")).toBe(line.session);
  expect(protocol).toBe("v1.kernel.websocket.jupyter.org");
});

test("what is said before the line is there is sent when it is, in order", () => {
  say(1);
  say(2);
  FakeSocket.last.open();
  say(3);
  expect(sentBy(FakeSocket.last)).toEqual([1, 2, 3]);
  expect(states).toEqual([["open", 0]]);
});

test("a broken line comes back with the same number and sends what waited, once", () => {
  const first = FakeSocket.last;
  first.open();
  first.cut();
  say("kept");
  vi.advanceTimersByTime(400);
  const second = FakeSocket.last;
  expect(second).not.toBe(first);
  expect(second.address.href).toBe(first.address.href);
  second.open();
  expect(sentBy(second)).toEqual(["kept"]);
  expect(states).toEqual([["open", 0], ["broken", 1006], ["open", 0]]);
});

test("the pauses between tries grow to five seconds, give or take a quarter, and no further", () => {
  for (let i = 0; i < 12; i += 1) {
    FakeSocket.last.cut();
    vi.advanceTimersByTime(6_250);
  }
  expect(FakeSocket.made).toHaveLength(13);
  FakeSocket.last.cut();
  vi.advanceTimersByTime(3_700);
  expect(FakeSocket.made).toHaveLength(13);
});

test("asked to connect while it waits, it tries at once; while connected, it does nothing", () => {
  FakeSocket.last.cut();
  line.connect();
  expect(FakeSocket.made).toHaveLength(2);
  FakeSocket.last.open();
  line.connect();
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.made).toHaveLength(2);
});

test("a stopped line stays closed and drops what waits", () => {
  say("dropped");
  line.stop();
  vi.advanceTimersByTime(60_000);
  line.connect();
  expect(FakeSocket.made).toHaveLength(1);
  expect(states).toEqual([]);
});

test("messages come as they were sent", () => {
  FakeSocket.last.open();
  FakeSocket.last.answer("comm_msg", { comm_id: "a", data: { text: "Zoë" } }, "asked");
  expect(messages[0]!.content).toEqual({ comm_id: "a", data: { text: "Zoë" } });
  expect((messages[0]!.parent_header as { msg_id: string }).msg_id).toBe("asked");
});
