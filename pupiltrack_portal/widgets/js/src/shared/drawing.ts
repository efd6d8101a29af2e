const UNSAFE = "script, foreignObject, iframe, a, use, image, animate, set";

/** Return the drawing as a node with nothing in it that could run or reach elsewhere. */
export function parseDrawing(text: string): SVGElement | null {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = parsed.documentElement;
  if (root.nodeName !== "svg") return null;
  for (const node of root.querySelectorAll(UNSAFE)) {
    // Matplotlib draws repeated glyphs by <use> of its own <defs>; those stay.
    const target = node.getAttribute("xlink:href") ?? node.getAttribute("href") ?? "";
    if (node.nodeName === "use" && target.startsWith("#")) continue;
    node.remove();
  }
  for (const node of [root, ...root.querySelectorAll("*")]) {
    for (const name of node.getAttributeNames()) {
      if (name.toLowerCase().startsWith("on")) node.removeAttribute(name);
    }
  }
  return document.importNode(root, true) as unknown as SVGElement;
}
