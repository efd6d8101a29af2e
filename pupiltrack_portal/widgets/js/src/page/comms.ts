// Widgets' comms on one line, in the shape ipywidgets' manager takes them.
import type { IClassicComm, ICallbacks } from "@jupyter-widgets/base";

import { Line, type Message, type State } from "./line";

type Handler = (message: Message) => unknown;
type Sent = object | string | number | boolean | null;
export type CommOpened = (comm: PageComm, message: Message) => Promise<unknown>;

export class PageComm implements IClassicComm {
  private handleMessage: Handler | null = null;
  private handleClose: Handler | null = null;

  constructor(
    private readonly comms: Comms,
    readonly target_name: string,
    readonly comm_id: string,
  ) {}

  open(data: Sent, callbacks?: ICallbacks, metadata?: object, buffers?: ArrayBuffer[] | ArrayBufferView[]): string {
    const content = { comm_id: this.comm_id, target_name: this.target_name, data };
    return this.comms.send("comm_open", content, callbacks, metadata, buffers);
  }

  send(data: Sent, callbacks?: ICallbacks, metadata?: object, buffers?: ArrayBuffer[] | ArrayBufferView[]): string {
    return this.comms.send("comm_msg", { comm_id: this.comm_id, data }, callbacks, metadata, buffers);
  }

  close(data?: Sent, callbacks?: ICallbacks, metadata?: object, buffers?: ArrayBuffer[] | ArrayBufferView[]): string {
    this.comms.forget(this);
    return this.comms.send("comm_close", { comm_id: this.comm_id, data: data ?? {} }, callbacks, metadata, buffers);
  }

  on_msg(callback: Handler): void {
    this.handleMessage = callback;
  }

  on_close(callback: Handler): void {
    this.handleClose = callback;
  }

  receive(message: Message): unknown {
    return this.handleMessage?.(message);
  }

  closed(message: Message): unknown {
    return this.handleClose?.(message);
  }
}

/** The comms of a page. Messages are handled one after the other, in the order they came. */
export class Comms {
  /** Called for a widget that the kernel makes while the page is open. */
  onOpened: CommOpened = async () => {};

  private readonly line: Line;
  private readonly comms = new Map<string, PageComm>();
  private readonly callbacks = new Map<string, ICallbacks>();
  private before: Promise<unknown> = Promise.resolve();

  constructor(kernelId: string, onState: (state: State, code: number) => void) {
    this.line = new Line(kernelId, (message) => this.queue(message), onState);
  }

  connect(): void {
    this.line.connect();
  }

  stop(): void {
    this.line.stop();
  }

  /** The page's end of a comm the kernel has, or will have. */
  comm(target: string, id: string): PageComm {
    const comm = new PageComm(this, target, id);
    this.comms.set(id, comm);
    return comm;
  }

  forget(comm: PageComm): void {
    this.comms.delete(comm.comm_id);
  }

  send(
    kind: "comm_open" | "comm_msg" | "comm_close",
    content: object,
    callbacks?: ICallbacks,
    metadata?: object,
    buffers?: (ArrayBuffer | ArrayBufferView)[],
  ): string {
    const id = this.line.send(kind, content, metadata, buffers);
    if (callbacks) this.callbacks.set(id, callbacks);
    return id;
  }

  private queue(message: Message): void {
    this.before = this.before.then(() => this.handle(message)).catch((error) => console.error(error));
  }

  private async handle(message: Message): Promise<void> {
    const content = message.content as { comm_id: string; target_name: string; execution_state: string };
    switch (message.header.msg_type as string) {
      case "comm_msg":
        await this.comms.get(content.comm_id)?.receive(message);
        return;
      case "comm_close": {
        const comm = this.comms.get(content.comm_id);
        this.comms.delete(content.comm_id);
        comm?.closed(message);
        return;
      }
      case "comm_open":
        await this.onOpened(this.comm(content.target_name, content.comm_id), message);
        return;
      case "status": {
        const parent = (message.parent_header as { msg_id?: string }).msg_id ?? "";
        this.callbacks.get(parent)?.iopub?.status?.(message as never);
        if (content.execution_state === "idle") this.callbacks.delete(parent);
      }
    }
  }
}
