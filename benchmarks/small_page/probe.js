// Runs before a page's own scripts; `smallPageTool` names the tool. Times are performance.now().
(() => {
  const bench = { connected: null, meaningful: null, ready: null, changes: [] };
  window.smallPage = bench;

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("open", () => (bench.connected ??= performance.now()));
    }
  };

  // Panel's widgets live in shadow roots, one in another.
  const find = (selector, root = document) => {
    const found = root.querySelector(selector);
    if (found || window.smallPageTool !== "panel") return found;
    for (const element of root.querySelectorAll("*")) {
      const inside = element.shadowRoot && find(selector, element.shadowRoot);
      if (inside) return inside;
    }
    return null;
  };
  const isOnScreen = (element) => {
    if (!element?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const { top, bottom, left, right } = element.getBoundingClientRect();
    return bottom > top && right > left && top < innerHeight && bottom > 0;
  };
  // A grid that draws on a canvas shows its rows when the canvas holds text: many shades.
  const hasText = (canvas) => {
    const width = Math.min(canvas.width, 700), height = Math.min(canvas.height, 300);
    if (!width || !height || !isOnScreen(canvas)) return false;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4) seen.add(data[at] + data[at + 1] * 256);
    return seen.size > 20;
  };
  const drawn = (selector) => () => [...document.querySelectorAll(selector)].some(hasText);
  const cells = (selector) => () => {
    const cell = find(selector);
    return isOnScreen(cell) && cell.textContent.trim() !== "";
  };

  const tools = {
    ours: { rows: cells("#pt-outputs tbody tr td"), filter: "#pt-outputs select", count: "#pt-outputs p" },
    stock: { rows: drawn("canvas"), filter: ".widget-dropdown select", count: ".widget-html-content" },
    panel: { rows: cells(".tabulator-row"), filter: "select", count: "p" },
    streamlit: {
      rows: drawn('[data-testid="stDataFrame"] canvas'),
      filter: '[data-testid="stSelectbox"] input',
      count: '[data-testid="stMarkdownContainer"] p',
    },
    solara: { rows: cells("tbody tr td"), filter: ".v-select input", count: ".solara-markdown p" },
  };
  const plain = (text) => text.replace(/\s+/g, " ").trim(); // some write hard spaces
  const tool = tools[window.smallPageTool];

  // The pixels or cells are on the screen once this frame is painted, which comes before the task.
  const painted = (then) => setTimeout(() => then(performance.now()));

  const WORDS = "Pupils shown: ";
  let place = null;
  const count = () => {
    if (!place?.isConnected || !place.textContent.includes(WORDS)) {
      place = null;
      const walk = (root) => {
        for (const element of root.querySelectorAll(tool.count)) {
          if (element.textContent.includes(WORDS)) place = element;
        }
        if (window.smallPageTool !== "panel") return;
        for (const element of root.querySelectorAll("*")) if (element.shadowRoot) walk(element.shadowRoot);
      };
      walk(document);
    }
    return place ? Number(place.textContent.split(WORDS)[1].replace(/\D.*/s, "")) : null;
  };

  const isEnabled = () => {
    const filter = find(tool.filter);
    return isOnScreen(filter) && !filter.disabled && filter.getAttribute("aria-disabled") !== "true";
  };
  // The first frame with something of this page itself, not of one that is still loading.
  const lookForMeaning = () => {
    const seen = find(window.smallPageTool === "ours" ? "nav a" : tool.filter);
    if (isOnScreen(seen)) painted((now) => (bench.meaningful = now));
    else requestAnimationFrame(lookForMeaning);
  };
  requestAnimationFrame(lookForMeaning);

  const look = () => {
    if (bench.connected !== null && isEnabled() && tool.rows() && count() === 210) {
      painted((now) => (bench.ready = now));
      return;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);

  // Choose in the filter and note when the new number of pupils has been painted.
  bench.change = (words, expected) => {
    const filter = find(tool.filter);
    const option = [...(filter.options ?? document.querySelectorAll('[role="option"]'))].find(
      (item) => plain(item.textContent) === words,
    );
    if (!option) return false;
    count();
    const start = performance.now();
    if (filter.options) {
      filter.selectedIndex = option.index;
      filter.dispatchEvent(new Event("input", { bubbles: true }));
      filter.dispatchEvent(new Event("change", { bubbles: true }));
    } else option.click();
    const wait = () => {
      if (count() === expected) painted((now) => bench.changes.push(now - start));
      else requestAnimationFrame(wait);
    };
    requestAnimationFrame(wait);
    return true;
  };
})();
