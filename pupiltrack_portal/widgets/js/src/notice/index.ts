import type { RenderContext } from "../shared/anywidget";
import { el as make } from "../shared/dom";
import { follow } from "../shared/follow";
import "./style.css";

interface Message {
  kind: "info" | "success" | "warning" | "error";
  text: string;
}

const WORDS = { info: "Note", success: "Done", warning: "Please check", error: "Problem" };

/** Messages to the person. Errors interrupt a screen reader, the others wait for a pause. */
function render({ model, el }: RenderContext): () => void {
  const polite = make("div", { role: "status", class: "ptw-notices" });
  const urgent = make("div", { role: "alert", class: "ptw-notices" });
  el.append(urgent, polite);
  return follow(model, ["messages"], () => {
    const messages = model.get("messages") as Message[];
    const drawn = (message: Message): HTMLElement =>
      make(
        "p",
        { class: `ptw-notice ptw-notice-${message.kind}` },
        make("strong", {}, `${WORDS[message.kind]}: `),
        message.text,
      );
    urgent.replaceChildren(...messages.filter((m) => m.kind === "error").map(drawn));
    polite.replaceChildren(...messages.filter((m) => m.kind !== "error").map(drawn));
  });
}

export default { render };
