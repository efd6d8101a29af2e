// The code of every widget of ours, by the name its Python class gives it.
import drawing from "../drawing";
import "../entry_grid/styles";
import fileButton from "../file_button";
import figuresTable from "../figures_table";
import form from "../form";
import headline from "../headline";
import notice from "../notice";
import prose from "../prose";
import stepHeading from "../step_heading";
import toggleRow from "../toggle_row";
import vennDiagram from "../venn_diagram";

const SMALL: Record<string, unknown> = {
  drawing,
  figures_table: figuresTable,
  file_button: fileButton,
  form,
  headline,
  notice,
  prose,
  step_heading: stepHeading,
  toggle_row: toggleRow,
  venn_diagram: vennDiagram,
};

/** The widget's definition. The entry grid's is a file of its own: few pages have one. */
export async function codeOf(name: string): Promise<unknown> {
  if (name === "entry_grid") return (await import("../entry_grid")).default;
  if (Object.hasOwn(SMALL, name)) return SMALL[name];
  throw new Error(`no widget of ours is called ${JSON.stringify(name)}`);
}
