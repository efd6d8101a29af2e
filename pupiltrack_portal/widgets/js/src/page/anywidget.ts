// anywidget's model and view, for the portal's own widgets: their code is part of the page's
// files, so nothing that comes from a kernel is ever run.
import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";

import type { Model, Widget } from "../shared/anywidget";
import { codeOf } from "./catalogue";

/** The trait that names a widget's code; see `PortalWidget` in Python. */
const ASSET = "_asset_name";
type Definition = Widget | (() => Widget | Promise<Widget>);
type CleanUp = (() => void) | undefined;
type Listener = (...args: any[]) => void; // Backbone's own type, for any event's arguments

/** What a widget's code gets of its model; `release` takes away the listeners it set. */
function modelFor(model: AnyModel): { api: Model; release: () => void } {
  const set: [string, Listener][] = [];
  const api: Model & Record<string, unknown> = {
    get: (name) => model.get(name),
    on: (event, callback) => {
      set.push([event, callback as Listener]);
      model.on(event, callback as Listener);
    },
    off: (event, callback) => {
      model.off(event, (callback as Listener | undefined) ?? null);
    },
    send: (content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]) =>
      model.send(content as never, callbacks as never, buffers),
    set: (name: string, value: unknown) => model.set(name, value),
    save_changes: () => model.save_changes(),
  };
  return { api, release: () => set.forEach(([event, callback]) => model.off(event, callback)) };
}

export class AnyModel extends DOMWidgetModel {
  /** The widget's code, made for this model and begun. */
  declare started: Promise<Widget>; // set by `initialize`, which the constructor calls

  override initialize(attributes: never, options: never): void {
    super.initialize(attributes, options);
    this.started = this.start();
    // A view shows it; without one there is nobody to be told.
    this.started.catch(() => {});
  }

  private async start(): Promise<Widget> {
    const definition = (await codeOf(String(this.get(ASSET) ?? ""))) as Definition;
    const widget = typeof definition === "function" ? await definition() : definition;
    const { api, release } = modelFor(this);
    const end = (await widget.initialize?.({ model: api })) as CleanUp;
    this.once("comm:close", () => {
      end?.();
      release();
    });
    return widget;
  }
}

export class AnyView extends DOMWidgetView {
  private ending: (() => void)[] = [];
  private removed = false;

  override async render(): Promise<void> {
    super.render();
    const { api, release } = modelFor(this.model as AnyModel);
    this.ending.push(release);
    try {
      const widget = await (this.model as AnyModel).started;
      const end = (await widget.render({ model: api, el: this.el })) as CleanUp;
      if (end) this.ending.push(end);
    } catch (error) {
      console.error(error);
      const note = document.createElement("p");
      note.setAttribute("role", "alert");
      note.textContent =
        "This part of the page could not be loaded. Nothing was changed. Reload the page to try again.";
      this.el.append(note);
    }
    if (this.removed) this.end();
  }

  override remove(): void {
    this.removed = true;
    this.end();
    super.remove();
  }

  private end(): void {
    for (const end of this.ending.splice(0)) end();
  }
}
