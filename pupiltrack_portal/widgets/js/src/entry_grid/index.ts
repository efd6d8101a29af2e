import type { InitializeContext, RenderContext, Widget } from "../shared/anywidget";
import { GridView } from "./grid";
import { Session } from "./session";
import "./styles";

/** One widget per model: its session outlives views that are hidden and shown again. */
export default (): Widget => {
  let session: Session | null = null;
  return {
    initialize({ model }: InitializeContext) {
      session = new Session(model);
      return () => session?.close();
    },
    render({ model, el }: RenderContext) {
      session ??= new Session(model);
      const view = new GridView(session, el);
      return () => view.close();
    },
  };
};
