import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { parseDrawing } from "../shared/drawing";
import { follow } from "../shared/follow";
import "./style.css";

interface Region {
  key: string;
  label: string;
}

/** A Venn diagram whose regions are buttons; pressing one tells Python its key. */
function render({ model, el }: RenderContext): () => void {
  const figure = make("figure", { class: "ptw-venn" });
  const picture = make("div", { class: "ptw-venn-picture", role: "group" });
  const caption = make("figcaption", {});
  figure.append(picture, caption);
  el.append(figure);
  const press = (key: string): void => model.send({ kind: "region", key });

  function mark(): void {
    const selected = model.get("selected") as string;
    for (const node of picture.querySelectorAll<SVGElement>("[data-region]")) {
      node.setAttribute("aria-pressed", String(node.dataset.region === selected));
    }
  }

  function draw(): void {
    const focused = (document.activeElement as SVGElement | null)?.dataset?.region;
    const svg = parseDrawing(model.get("svg") as string);
    picture.replaceChildren(...(svg ? [svg] : []));
    picture.setAttribute("aria-label", model.get("label") as string);
    caption.textContent = model.get("caption") as string;
    const regions = model.get("regions") as Region[];
    if (svg && regions.length) {
      // An image's parts are not told to a screen reader, and these are buttons.
      svg.setAttribute("role", "none");
      svg.removeAttribute("aria-label");
    }
    for (const region of regions) {
      const node = picture.querySelector<SVGElement>(`#region-${CSS.escape(region.key)}`);
      if (!node) continue;
      node.dataset.region = region.key;
      node.setAttribute("role", "button");
      node.setAttribute("tabindex", "0");
      node.setAttribute("aria-label", region.label);
      node.addEventListener("click", () => press(region.key));
      node.addEventListener("keydown", (event) => {
        const key = (event as KeyboardEvent).key;
        if (key !== "Enter" && key !== " ") return;
        event.preventDefault();
        press(region.key);
      });
      if (region.key === focused) node.focus();
    }
    mark();
  }

  const ends = [
    follow(model, ["svg", "regions", "label", "caption"], draw),
    follow(model, ["selected"], mark),
  ];
  return () => ends.forEach((end) => end());
}

export default { render };
