// ipywidgets' own controls, for a notebook that uses them. The portal's pages have forms instead.
import * as controls from "@jupyter-widgets/controls";
import theirs from "@jupyter-widgets/controls/css/widgets-base.css?text";
import sliders from "@jupyter-widgets/controls/css/nouislider.css?text";
import tabs from "@jupyter-widgets/controls/css/lumino.css?text";

import ours from "./controls.css?text";
import { addSheets } from "./sheets";

addSheets(sliders, tabs, theirs, ours);

export default controls as unknown as Record<string, unknown>;
