import { createMessage } from "@jupyterlab/services/lib/kernel/messages";
import { deserialize, serialize } from "@jupyterlab/services/lib/kernel/serialize";

import type { Message } from "../line";

const PROTOCOL = "v1.kernel.websocket.jupyter.org";

/** Stands in for the browser's web socket; the test opens, cuts and answers it. */
export class FakeSocket {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];

  readyState = 0;
  binaryType = "";
  sent: Message[] = [];
  onopen: () => void = () => {};
  onclose: (event: { code: number }) => void = () => {};
  onmessage: (event: { data: ArrayBuffer }) => void = () => {};

  constructor(
    readonly address: URL,
    readonly protocol: string,
  ) {
    FakeSocket.made.push(this);
  }

  static get last(): FakeSocket {
    return FakeSocket.made.at(-1)!;
  }

  open(): void {
    this.readyState = 1;
    this.onopen();
  }

  cut(code = 1006): void {
    this.readyState = 3;
    this.onclose({ code });
  }

  close(code: number): void {
    this.cut(code);
  }

  send(packed: ArrayBuffer): void {
    this.sent.push(deserialize(packed, PROTOCOL) as Message);
  }

  /** Send the page a message, as an answer to the one with this id. */
  answer(kind: string, content: object, parent = ""): void {
    const made = createMessage({
      channel: "iopub",
      msgType: kind as "comm_msg",
      session: "kernel",
      content: content as never,
    });
    const message = { ...made, parent_header: { msg_id: parent } as never };
    this.onmessage({ data: serialize(message as never, PROTOCOL) as ArrayBuffer });
  }
}
