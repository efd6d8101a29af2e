import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { parseDrawing } from "../shared/drawing";
import { follow } from "../shared/follow";
import "./style.css";

/** A drawing that Python made. Where it is wider than its place, the keys of the arrows move it. */
function render({ model, el }: RenderContext): () => void {
  const picture = make("div", { class: "ptw-drawing-picture" });
  const caption = make("figcaption", {});
  const figure = make("figure", { class: "ptw-drawing" }, picture, caption);
  el.append(figure);

  /** Only what can be moved is a stop of the keyboard, with a name of its own. */
  function measure(): void {
    const isCut = picture.scrollWidth > picture.clientWidth + 1;
    const attributes = { role: "region", tabindex: "0", "aria-label": model.get("name") as string };
    for (const [name, value] of Object.entries(attributes)) {
      if (isCut) picture.setAttribute(name, value);
      else picture.removeAttribute(name);
    }
  }

  const end = follow(model, ["svg", "caption", "name", "least_width"], () => {
    const svg = parseDrawing(model.get("svg") as string);
    if (svg) svg.style.minWidth = `${model.get("least_width") as number}px`;
    picture.replaceChildren(...(svg ? [svg] : []));
    caption.textContent = model.get("caption") as string;
    caption.hidden = !caption.textContent;
    measure();
  });
  const watch = new ResizeObserver(measure);
  watch.observe(picture);
  return () => {
    watch.disconnect();
    end();
  };
}

export default { render };
