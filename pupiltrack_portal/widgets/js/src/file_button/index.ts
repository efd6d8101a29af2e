import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { follow } from "../shared/follow";
import "./style.css";

/**
 * A button that asks Python for a file. Python answers with a one-time link of this portal, which is
 * followed at once and stays on the page. The `download` attribute matters: a plain link to an
 * attachment makes the page believe that it is being left.
 */
function render({ model, el }: RenderContext): () => void {
  const button = make("button", { type: "button", class: "ptw-button ptw-button-plain" });
  const said = make("span", { role: "status", class: "ptw-file-said" });
  const place = make("span", {});
  el.append(make("div", { class: "ptw-file" }, button, place, said));
  button.addEventListener("click", () => {
    said.textContent = "Preparing the file …";
    place.replaceChildren();
    button.disabled = true;
    model.send({ kind: "make" });
  });
  const answered = (content: { kind: string; href?: string; name?: string; text?: string }): void => {
    button.disabled = false;
    if (content.kind === "ready" && /^\/download\/[\w-]+$/.test(content.href ?? "")) {
      const link = make("a", { href: content.href, download: content.name, class: "ptw-link" });
      link.textContent = `Save ${content.name}`;
      place.replaceChildren(link);
      said.textContent = "The file is ready.";
      link.click();
    } else {
      said.textContent = content.text ?? "The file could not be made. Nothing was changed; try again.";
    }
  };
  model.on("msg:custom", answered);
  const end = follow(model, ["label", "enabled"], () => {
    button.textContent = model.get("label") as string;
    button.disabled = !(model.get("enabled") as boolean);
  });
  return () => {
    model.off("msg:custom", answered);
    end();
  };
}

export default { render };
