// What anywidget does for a widget, with Python at the other end of toPython().
const state = {};
const listeners = [];
const emit = (name, ...args) => {
  for (const listener of [...listeners]) if (listener.name === name) listener.callback(...args);
};

window.dead = false;
window.sent = [];
window.model = {
  get: (name) => state[name],
  on: (name, callback) => listeners.push({ name, callback }),
  off: (name, callback) => {
    const at = listeners.findIndex((l) => l.name === name && (!callback || l.callback === callback));
    if (at >= 0) listeners.splice(at, 1);
  },
  send: (content) => {
    const message = JSON.parse(JSON.stringify(content));
    window.sent.push(message);
    if (!window.dead) window.toPython(message).then(window.fromPython);
  },
};
window.fromPython = ({ messages, traits }) => {
  for (const [name, value] of Object.entries(traits)) {
    state[name] = value;
    emit(`change:${name}`);
  }
  for (const message of messages) emit("msg:custom", message, []);
};

window.mount = async ({ esm, css, traits }) => {
  Object.assign(state, traits);
  if (css) document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  const factory = (await import(url)).default;
  const widget = await factory();
  const model = window.model;
  window.endWidget = await widget.initialize({ model });
  const started = performance.now();
  const render = async () => {
    // As anywidget: the element is put in the page after render was called.
    const el = document.createElement("div");
    const ended = widget.render({ model, el });
    document.getElementById("holder").replaceChildren(el);
    window.endView = await ended;
  };
  window.rerender = async () => {
    window.endView();
    await render();
  };
  await render();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  window.painted = performance.now() - started;
};
