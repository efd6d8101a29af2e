// @vitest-environment jsdom
import { expect, test } from "vitest";
import prose from "./index";

function drawn(blocks: unknown[]): HTMLElement {
  const el = document.createElement("div");
  const model = { get: () => blocks, on: () => {}, off: () => {} };
  (prose.render as (context: unknown) => void)({ model, el });
  return el;
}

test("a picture is drawn from its own bytes, with its words", () => {
  const block = { kind: "picture", png: "iVBORw0KGgo=", alt: "Logo of <b>Hillside</b>", width: 40, height: 20 };
  const image = drawn([block]).querySelector("img")!;
  expect(image.getAttribute("src")).toBe("data:image/png;base64,iVBORw0KGgo=");
  expect(image.alt).toBe("Logo of <b>Hillside</b>");
});

test.each(["https://elsewhere.example/x.png", 'x" onerror="alert(1)', ""])(
  "what is no base64 is no address: %s",
  (png) => {
    const image = drawn([{ kind: "picture", png, alt: "Logo", width: 1, height: 1 }]).querySelector("img")!;
    expect(image.getAttribute("src")).toBe("");
    expect(image.getAttribute("onerror")).toBeNull();
  },
);

test("numbered steps are an ordered list of plain text", () => {
  const list = drawn([{ kind: "steps", items: ["First", "<i>Second</i>"] }]).querySelector("ol")!;
  expect([...list.children].map((item) => item.textContent)).toEqual(["First", "<i>Second</i>"]);
});
