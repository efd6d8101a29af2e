// The page's line to its kernel: one web socket that comes back by itself, speaking Jupyter's own
// messages. Widgets' messages are all that ever travels on it.
import type { KernelMessage } from "@jupyterlab/services";
import { createMessage } from "@jupyterlab/services/lib/kernel/messages";
import { deserialize, serialize } from "@jupyterlab/services/lib/kernel/serialize";

export type Message = KernelMessage.IMessage;
export type State = "open" | "broken";

const PROTOCOL = "v1.kernel.websocket.jupyter.org";
const FIRST_PAUSE = 250; // ms before a broken line is tried again, doubled each time
const LONGEST_PAUSE = 5_000;

export class Line {
  /** The page's own number; the server keeps what it missed for this number when it is cut off. */
  readonly session = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;

  private socket: WebSocket | null = null;
  private waiting: ArrayBuffer[] = [];
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(
    private readonly kernelId: string,
    private readonly onMessage: (message: Message) => void,
    private readonly onState: (state: State, code: number) => void,
  ) {}

  /** Open the socket, or try again now instead of after the pause. */
  connect(): void {
    clearTimeout(this.timer);
    if (this.stopped || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    const address = new URL(`/api/kernels/${this.kernelId}/channels`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("session_id", this.session);
    const socket = new WebSocket(address, PROTOCOL);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.tries = 0;
      for (const message of this.waiting.splice(0)) socket.send(message);
      this.onState("open", 0);
    };
    socket.onmessage = (event) => this.onMessage(deserialize(event.data, PROTOCOL));
    socket.onclose = (event) => {
      if (this.socket !== socket || this.stopped) return;
      this.socket = null;
      this.onState("broken", event.code);
      const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.tries);
      this.tries += 1;
      // Not all pages at the same moment, when it was the server that went away.
      this.timer = setTimeout(() => this.connect(), pause * (0.75 + Math.random() / 2));
    };
  }

  /** Send now, or as soon as the line is there; returns the message's id. */
  send(
    kind: "comm_open" | "comm_msg" | "comm_close",
    content: object,
    metadata: object = {},
    buffers: (ArrayBuffer | ArrayBufferView)[] = [],
  ): string {
    const message = createMessage<KernelMessage.ICommMsgMsg<"shell">>({
      channel: "shell",
      // The three kinds differ in their content only, which is the caller's to know.
      msgType: kind as "comm_msg",
      session: this.session,
      username: "",
      content: content as KernelMessage.ICommMsgMsg["content"],
      metadata: metadata as KernelMessage.ICommMsgMsg["metadata"],
      buffers,
    });
    const packed = serialize(message, PROTOCOL) as ArrayBuffer;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(packed);
    else this.waiting.push(packed);
    return message.header.msg_id;
  }

  /** Close for good. What still waits is dropped. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.waiting = [];
    this.socket?.close(1000);
  }
}
