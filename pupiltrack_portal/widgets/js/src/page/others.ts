// Widgets of other packages, from the scripts those packages ship. Only a page that shows
// ipydatagrid loads this file. Their scripts are built for JupyterLab, which hands them the libraries
// they share; here the page does, so that there is one copy of each.
import * as base from "@jupyter-widgets/base";
import * as algorithm from "@lumino/algorithm";
import * as commands from "@lumino/commands";
import * as coreutils from "@lumino/coreutils";
import * as datagrid from "@lumino/datagrid";
import * as domutils from "@lumino/domutils";
import * as messaging from "@lumino/messaging";
import * as polling from "@lumino/polling";
import * as signaling from "@lumino/signaling";
import * as virtualdom from "@lumino/virtualdom";
import * as widgets from "@lumino/widgets";
import menus from "@lumino/widgets/style/menu.css?text";
import scrollbars from "@lumino/widgets/style/scrollbar.css?text";
import frames from "@lumino/widgets/style/widget.css?text";

import { addSheets } from "./sheets";

/** The versions of the shared libraries; written in by the build. */
declare const LUMINO_VERSIONS: Record<string, string>;

type Classes = Record<string, unknown>;
type Factory = () => unknown;
type Scope = Record<string, Record<string, { get: () => Promise<Factory>; loaded: 1; from: string; eager: false }>>;
interface Container {
  init(scope: Scope): Promise<void> | void;
  get(module: string): Promise<Factory>;
}
interface Plugin {
  activate(app: unknown, registry: { registerWidget(data: { name: string; exports: Classes | (() => Promise<Classes>) }): void }, theme: null): void;
}

/** One extension of JupyterLab: its name, and where its first script is. */
export interface Extension {
  name: string;
  load: string;
}

const SHARED: Record<string, unknown> = {
  "@jupyter-widgets/base": base,
  // Tokens by which JupyterLab finds its services; there are none here.
  "@jupyterlab/apputils": { IThemeManager: {} },
  "@lumino/algorithm": algorithm,
  "@lumino/commands": commands,
  "@lumino/coreutils": coreutils,
  "@lumino/datagrid": datagrid,
  "@lumino/domutils": domutils,
  "@lumino/messaging": messaging,
  "@lumino/polling": polling,
  "@lumino/signaling": signaling,
  "@lumino/virtualdom": virtualdom,
  "@lumino/widgets": widgets,
};

/** Load the extensions; the answer finds the classes of a module, when one of them brings it. */
export async function loadOthers(extensions: Extension[]): Promise<(module: string) => Promise<Classes>> {
  addSheets(frames, menus, scrollbars);
  const scope: Scope = {};
  for (const [name, module] of Object.entries(SHARED)) {
    const version = LUMINO_VERSIONS[name] ?? "0.0.0";
    scope[name] = { [version]: { get: async () => () => module, loaded: 1, from: "page", eager: false } };
  }
  await Promise.all(extensions.map(({ load }) => loadScript(load)));
  const containers = (window as unknown as { _JUPYTERLAB: Record<string, Container> })._JUPYTERLAB;
  const found: Record<string, Classes | (() => Promise<Classes>)> = {};
  for (const { name } of extensions) await containers[name]?.init(scope);
  for (const { name } of extensions) {
    const module = (await containers[name]?.get("./extension"))?.() as { default: Plugin | Plugin[] };
    for (const plugin of [module.default].flat()) {
      plugin.activate({}, { registerWidget: (data) => (found[data.name] = data.exports) }, null);
    }
  }
  return async (name) => {
    const classes = found[name];
    return typeof classes === "function" ? classes() : (classes ?? {});
  };
}

function loadScript(address: string): Promise<void> {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => done();
    script.onerror = () => failed(new Error("a part of the page could not be loaded"));
    document.head.append(script);
  });
}
