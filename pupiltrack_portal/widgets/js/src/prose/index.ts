import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { follow } from "../shared/follow";
import "./style.css";

interface Block {
  kind: "heading" | "subheading" | "text" | "small" | "list" | "steps" | "link" | "picture";
  text?: string;
  items?: string[];
  href?: string;
  /** A picture as base64, with its words and its size in pixels. */
  png?: string;
  alt?: string;
  width?: number;
  height?: number;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function drawn(block: Block): HTMLElement {
  switch (block.kind) {
    case "heading":
      return make("h2", {}, block.text);
    case "subheading":
      return make("h3", {}, block.text);
    case "list":
      return make("ul", {}, ...(block.items ?? []).map((item) => make("li", {}, item)));
    case "steps":
      return make("ol", {}, ...(block.items ?? []).map((item) => make("li", {}, item)));
    case "picture": {
      const png = block.png ?? "";
      const src = BASE64.test(png) ? `data:image/png;base64,${png}` : "";
      const { alt = "", width = 0, height = 0 } = block;
      return make("p", {}, make("img", { src, alt, width, height, class: "ptw-picture" }));
    }
    case "link": {
      // Only addresses of this portal: a path, never a scheme or another host.
      const href = block.href ?? "";
      const local = /^\/(?![/\\])/.test(href) ? href : "#";
      return make("p", {}, make("a", { href: local, class: "ptw-link" }, block.text));
    }
    case "small":
      return make("p", { class: "ptw-small" }, block.text);
    default:
      return make("p", {}, block.text);
  }
}

/** Headings, paragraphs and lists. Text is text: nothing in it is ever read as markup. */
function render({ model, el }: RenderContext): () => void {
  const box = make("div", { class: "ptw-prose" });
  el.append(box);
  return follow(model, ["blocks"], () => {
    box.replaceChildren(...(model.get("blocks") as Block[]).map(drawn));
  });
}

export default { render };
