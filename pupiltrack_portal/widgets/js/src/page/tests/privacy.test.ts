// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { learnFromTable, learnNames } from "../../shared/names";
import { setHidden, withoutNames, workPrivacy } from "../privacy";

const settle = () => new Promise((done) => setTimeout(done));

learnNames(["Archer, Ann Marie", "O'Neil, Bo", "de la Cruz, Zoë", "The whole school"]);

beforeEach(() => {
  setHidden(false);
  sessionStorage.clear();
  document.body.innerHTML =
    '<button id="pt-names" hidden>Hide names</button><div id="pt-live"></div>' +
    '<table><tr><th>Archer, Ann Marie</th><td aria-label="Mark of Ann Marie Archer">On track</td></tr></table>' +
    "<p>Added by Ann Archer for O'Neil, Bo (A999200100017).</p><svg><title>Zoë de la Cruz</title></svg>" +
    '<script type="application/json">"Archer, Ann Marie"</script><select><option>O\'Neil, Bo</option></select>';
});

const shown = () => document.body.innerHTML.replace(/<script.*<\/script>/, "");

describe("hiding names", () => {
  it("puts a number in the place of each, in texts, labels, lists and drawings", () => {
    setHidden(true);
    expect(document.querySelector("th")?.textContent).toBe("Pupil 1");
    expect(document.querySelector("td")?.getAttribute("aria-label")).toBe("Mark of Pupil 1");
    expect(document.querySelector("p")?.textContent).toBe("Added by Pupil 1 for Pupil 2 (UPN hidden).");
    expect(document.querySelector("title")?.textContent).toBe("Pupil 3");
    expect(document.querySelector("option")?.textContent).toBe("Pupil 2");
    expect(shown()).not.toMatch(/Archer|O'Neil|Cruz|A9992/);
    expect(document.querySelector("script")?.textContent).toBe('"Archer, Ann Marie"');
  });

  it("shows everything again as it was", () => {
    const before = shown();
    setHidden(true);
    setHidden(false);
    expect(shown().replace(/ hidden=""| aria-pressed="false"/g, "")).toBe(before.replace(' hidden=""', ""));
  });

  it("hides what comes later, and names that are learned later", async () => {
    setHidden(true);
    document.querySelector("td")?.append("Ann Archer");
    (document.querySelector("p")?.firstChild as Text).data = "Now Bo O'Neil";
    document.querySelector("option")?.setAttribute("title", "Ann Archer");
    await settle();
    expect(shown()).not.toMatch(/Archer|O'Neil/);
    document.querySelector("p")?.append(" and Newman, Nia");
    await settle();
    learnFromTable({ rowHeading: "Pupil", columns: [], rows: [{ head: { text: "Newman, Nia" }, cells: [] }] });
    expect(document.querySelector("p")?.textContent).toBe("Now Pupil 2 and Pupil 4");
  });

  it("lets go of its stand-in where something else was written meanwhile", async () => {
    setHidden(true);
    const cell = document.querySelector("th")?.firstChild as Text;
    cell.data = "Total";
    await settle();
    setHidden(false);
    expect(document.querySelector("th")?.textContent).toBe("Total");
  });

  it("leaves words alone that are part of a name only by chance", () => {
    setHidden(true);
    expect(withoutNames("Boat, Annex and Archery")).toBe("Boat, Annex and Archery");
    expect(withoutNames("Archer")).toBe("Pupil 1");
    expect(withoutNames("The Archer class")).toBe("The Archer class");
    expect(withoutNames("The whole school")).toBe("The whole school");
  });

  it("learns from the columns of a list that is brought in", () => {
    const cells = [{ text: "Quill" }, { text: "Quentin" }];
    const columns = [{ label: "Surname" }, { label: "Forename" }];
    learnFromTable({ rowHeading: "Row", columns, rows: [{ head: { text: "2" }, cells }] });
    const told = [{ head: { text: "Today" }, cells: [{ text: "Rowe, Ray" }] }];
    learnFromTable({ rowHeading: "When", columns: [{ label: "Pupil" }], rows: told });
    setHidden(true);
    expect(withoutNames("Rowe, Ray")).toMatch(/^Pupil \d$/);
    expect(withoutNames("Quill, Quentin")).toMatch(/^Pupil \d$/);
    expect(withoutNames("Quentin")).toMatch(/^Pupil \d$/);
  });
});

describe("fields that hold a name", () => {
  const field = (id: string) => document.getElementById(id) as HTMLInputElement;

  beforeEach(() => {
    document.body.innerHTML =
      '<input id="surname" type="text" data-field="surname" value="Unheard-of">' +
      '<input id="new" type="text" data-field="surname" value="">' +
      '<input id="search" type="search" value="archer, ANN">' +
      '<input id="date" type="date" value="2015-09-01"><textarea id="plain">Reads well</textarea>' +
      '<textarea id="note">Read with Ann Archer today</textarea>';
    field("search").value = "Archer";
  });
  const closed = () => [...document.querySelectorAll("[inert]")].map(({ id }) => id);

  it("are closed while names are hidden, whole as they are, and open again afterwards", () => {
    const typed = field("surname");
    typed.focus();
    typed.value = "Half-typ"; // an edit that is not saved yet
    setHidden(true);
    expect(closed()).toEqual(["surname", "search", "note"]);
    expect(document.activeElement).toBe(document.body);
    setHidden(false);
    expect(closed()).toEqual([]);
    expect([typed.value, field("search").value, field("note").value]).toEqual([
      "Half-typ",
      "Archer",
      "Read with Ann Archer today",
    ]);
    expect(document.activeElement).toBe(typed);
  });

  it("are closed when they come later", async () => {
    setHidden(true);
    const late = document.createElement("p");
    late.innerHTML = '<input id="late" type="text" data-field="upn" value="A999200100017">';
    document.body.append(late);
    await settle();
    expect(closed()).toContain("late");
  });

  it("leave the focus alone where somebody has gone on", () => {
    field("surname").focus();
    setHidden(true);
    field("new").focus();
    setHidden(false);
    expect(document.activeElement).toBe(field("new"));
  });
});

describe("the key and the button", () => {
  it("turn it on and off, and the tab remembers", () => {
    workPrivacy();
    const press = () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "F8", cancelable: true }));
    const button = document.getElementById("pt-names") as HTMLButtonElement;
    expect(button.hidden).toBe(false);
    press();
    expect(button.getAttribute("aria-pressed")).toBe("true");
    expect(sessionStorage.length).toBe(1);
    expect(document.getElementById("pt-live")?.textContent).toContain("hidden");
    press();
    expect(document.querySelector("th")?.textContent).toBe("Archer, Ann Marie");
    expect(sessionStorage.length).toBe(0);
    document.body.insertAdjacentHTML("beforeend", "<textarea>Ann Archer</textarea>");
    press();
    expect(document.getElementById("pt-live")?.textContent).toContain("closed until they are shown");
  });
});
