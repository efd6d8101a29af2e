// ipywidgets' manager, for a page whose widgets the server has already written into the HTML.
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as boxes from "@jupyter-widgets/controls/lib/widget_box";
import { Widget } from "@lumino/widgets";

import { AnyModel, AnyView } from "./anywidget";
import type { Comms, PageComm } from "./comms";

/** The standard form in which notebooks keep widgets: application/vnd.jupyter.widget-state+json. */
export interface WrittenState {
  state: Record<string, WrittenModel>;
}
interface WrittenModel {
  model_name: string;
  model_module: string;
  model_module_version: string;
  state: Record<string, unknown>;
  buffers?: { data: string; path: (string | number)[]; encoding: "base64" }[];
}

type Classes = Record<string, unknown>;
const CONTROLS = "@jupyter-widgets/controls";
const AT_HAND: Record<string, Classes> = {
  "@jupyter-widgets/base": base as unknown as Classes,
  [CONTROLS]: boxes as unknown as Classes,
  anywidget: { AnyModel, AnyView },
};

export class PageManager extends ManagerBase {
  /** Set where a page shows a widget of another package: finds that package's classes. */
  findOthers: ((module: string) => Promise<Classes>) | null = null;

  constructor(private readonly comms: Comms) {
    super();
    comms.onOpened = (comm, message) => this.handle_comm_open(comm, message as never);
  }

  /** Make every model of the state the page came with, each on its comm. */
  async restore(written: WrittenState): Promise<void> {
    await Promise.all(
      Object.entries(written.state).map(async ([id, model]) => {
        for (const buffer of model.buffers ?? []) {
          base.put_buffers(model.state as never, [buffer.path], [bytesOf(buffer.data)]);
        }
        const { model_name, model_module, model_module_version } = model;
        const comm = this.comms.comm(this.comm_target_name, id);
        await this.new_model({ model_name, model_module, model_module_version, model_id: id, comm }, model.state as never);
      }),
    );
  }

  /** Show a model's view in an element of the page. */
  async show(modelId: string, host: HTMLElement): Promise<void> {
    const view = await this.create_view(await this.get_model(modelId));
    Widget.attach(view.luminoWidget, host);
  }

  protected override async loadClass(className: string, moduleName: string): Promise<never> {
    const found =
      AT_HAND[moduleName]?.[className] ??
      (moduleName === CONTROLS ? (await import("./controls")).default : await this.findOthers?.(moduleName))?.[className];
    if (!found) throw new Error(`no class ${className} of ${moduleName} is at hand`);
    return found as never;
  }

  protected override async _create_comm(target: string, id?: string, data?: unknown, metadata?: unknown): Promise<PageComm> {
    const comm = this.comms.comm(target, id ?? base.uuid());
    if (data || metadata) comm.open((data ?? {}) as object, undefined, (metadata ?? {}) as object);
    return comm;
  }

  protected override async _get_comm_info(): Promise<object> {
    return {};
  }
}

function bytesOf(text: string): DataView {
  return new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}
