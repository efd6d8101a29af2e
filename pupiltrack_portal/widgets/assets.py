"""Where the browser side of a widget comes from.

The JavaScript and CSS of every widget are built into `static/js/` under names that carry a hash of
their content, listed in `manifest.json`. In a notebook anywidget sends that text over the kernel's
socket each time a page opens, uncached. The portal calls `serve_from("/assets/")` once, before it
makes a widget: from then on only a stub of a few hundred bytes is sent, which loads the same files
from the portal, where the browser keeps them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

BUILT_FILES = Path(__file__).resolve().parent.parent / "static" / "js"

# The stub answers anywidget at once and waits for the module itself: anywidget gives a widget two
# seconds to initialise, then drops every later message; a first load over a slow line takes longer.
_STUB = """\
const at = (path) => new URL(path, location.origin).href;
const code = import(at(%(js)s));
const style = new Promise((done) => {
  const href = %(css)s && at(%(css)s);
  const known = href && [...document.querySelectorAll("link[data-pt-asset]")]
    .find((link) => link.href === href);
  if (!href || (known && known.sheet)) return done();
  const link = known || document.createElement("link");
  for (const name of ["load", "error"]) link.addEventListener(name, done);
  if (known) return;
  link.rel = "stylesheet";
  link.href = href;
  link.dataset.ptAsset = "";
  document.head.append(link);
});
code.catch(() => {});
export default () => {
  let made;
  let closed = false;
  const ended = [];
  const start = async (context) => {
    const module = (await code).default;
    const widget = typeof module === "function" ? await module() : module;
    if (!closed) ended.push(await widget.initialize?.(context));
    return widget;
  };
  return {
    initialize(context) {
      made = start(context);
      made.catch(() => {});
      return () => { closed = true; for (const end of ended) end?.(); };
    },
    async render(context) {
      try {
        await style;
        return await (await made).render(context);
      } catch (error) {
        console.error(error);
        const note = document.createElement("p");
        note.setAttribute("role", "alert");
        note.textContent = "This part of the page could not be loaded. Nothing was changed. " +
          "Reload the page to try again.";
        context.el.append(note);
      }
    },
  };
};
"""

_address: str | None = None


def serve_from(address: str | None) -> None:
    """Make widgets created from now on load their files from below `address`.

    `address` is a path on the page's own server such as "/assets/"; the files of `static/` are
    expected there. None goes back to sending the whole text, as a plain notebook needs.

    Raises ValueError unless the path starts with one "/" and ends with "/".
    """
    global _address
    if address is not None and (
        not address.startswith("/") or address.startswith("//") or not address.endswith("/")
    ):
        raise ValueError(f"An asset address is a path like '/assets/', not {address!r}.")
    _address = address


def files_of(asset: str) -> dict[str, str]:
    """Return the built file names of one widget: {"js": ..., "css": ...}; "css" may be missing.

    Raises LookupError for a name the build does not know.
    """
    try:
        return dict(_manifest()[asset])
    except KeyError:
        raise LookupError(f"The widget build has no entry {asset!r}; run `make js`.") from None


def module_text(asset: str) -> str:
    """Return what anywidget shall run: the whole module, or the stub that loads it."""
    files = files_of(asset)
    if _address is None:
        return (BUILT_FILES / files["js"]).read_text(encoding="utf-8")
    css = files.get("css")
    return _STUB % {
        "js": json.dumps(f"{_address}js/{files['js']}"),
        "css": json.dumps(f"{_address}js/{css}" if css else ""),
    }


def style_text(asset: str) -> str:
    """Return the style sheet to send; empty when the stub links it, or there is none."""
    css = files_of(asset).get("css")
    if _address is not None or css is None:
        return ""
    return (BUILT_FILES / css).read_text(encoding="utf-8")


@cache
def _manifest() -> dict[str, dict[str, str]]:
    manifest: dict[str, dict[str, str]] = json.loads(
        (BUILT_FILES / "manifest.json").read_text(encoding="utf-8")
    )
    return manifest


class PortalWidget(anywidget.AnyWidget):
    """A widget whose browser side is the built asset named by `_asset`.

    A browser can set any synced trait of any widget by a forged message. Here it can set only
    those named in `_from_browser`; the rest are for telling the browser, never for trusting it.
    """

    _asset: ClassVar[str]
    _from_browser: ClassVar[frozenset[str]] = frozenset()

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module_text(self._asset)

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return style_text(self._asset)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take the browser's new values of the traits in `_from_browser`; drop the others."""
        super().set_state({k: v for k, v in sync_data.items() if k in self._from_browser})
