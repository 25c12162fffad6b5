/* Boxes and edges as SVG, and the window that they are seen through. What they show comes from elsewhere: a
   recorded run (pane.js) or a network that learns (live_network.js). All text enters the page as text, never as markup. */
const NS = "http://www.w3.org/2000/svg";
const measure = (() => {
  const context = document.createElement("canvas").getContext("2d");
  context.font = "650 12px system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";
  return (text) => context.measureText(text).width * 1.04;
})();
const count = (n) => (typeof n === "number" ? n.toLocaleString("en-US") : n);
const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many ?? one + "s"}`;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function drawn(name, attributes = {}, text) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/* ---- boxes and edges */

/* An edge, with its label in the middle if there is one. */
function drawEdge(edge, boxes, look = "") {
  const group = drawn("g", { class: `edge${look}`, "aria-hidden": "true" });  // its numbers are told at its ends
  group.append(drawn("path", { d: edge.path }),
    drawn("path", { class: "head", d: `M${boxes[edge.to].x},${edge.toY}l-7,-3.5v7z` }));
  if (edge.label && edge.chain.length) {
    group.append(drawn("rect", { x: edge.lx - edge.w / 2, y: edge.ly - 7, width: edge.w, height: 14 }),
      drawn("text", { x: edge.lx, y: edge.ly + 4 }, edge.label));
  }
  group.dataset.key = edge.key;
  group.label = group.querySelector("text");
  return group;
}

/* A box with its lines of text; the first is its name. */
function drawBox(box, kind, attributes) {
  const group = drawn("g", { tabindex: -1, transform: `translate(${box.x},${box.y - box.h / 2})`, ...attributes });
  group.append(drawn("rect", { class: "shape", width: box.w, height: box.h, rx: { input: 7, computed: 14 }[kind] ?? 0 }));
  if (kind === "result") group.append(drawn("rect", { class: "frame", x: 3, y: 3, width: box.w - 6, height: box.h - 6 }));
  box.lines.forEach((text, at) => {
    const role = at === 0 ? "what" : kind !== "folded" && at === 2 ? "adjoint" : "";
    group.append(drawn("text", { class: role, x: box.w / 2, y: 16 * at + 17 }, text));
  });
  group.adjoint = group.querySelector(".adjoint");
  return group;
}

/* One node of a drawing can be reached with Tab, the others from it with the arrow keys up and down. */
class Roving {
  constructor() { this.nodes = []; }

  enter(node) {
    this.entry?.setAttribute("tabindex", -1);
    this.entry = node;
    node.setAttribute("tabindex", 0);
  }

  /* Add a node; act is what Enter, the space bar and a click do, if anything. */
  add(node, act = null) {
    this.nodes.push(node);
    if (act) node.addEventListener("click", act);
    node.addEventListener("focus", () => this.enter(node));
    node.addEventListener("keydown", (event) => {
      const at = this.nodes.indexOf(node);
      const next = { ArrowDown: this.nodes[at + 1], ArrowUp: this.nodes[at - 1] }[event.key];
      if (next) next.focus();
      else if (act && (event.key === "Enter" || event.key === " ")) act();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
}

/* ---- the window */

// The scale of a drawing whose text is easy to read, and the greatest.
const [READABLE, LARGEST] = [0.75, 4];
// The height of a window, in pixels, up to which a map would lie on its boxes.
const LOW = 120;

/* A window on a drawing: it fits the drawing, zooms, pans, and shows where it is on a small map. */
class Viewport {
  /* end: which end of a drawing that does not fit is seen first, "left" or "right". */
  constructor(end) {
    this.end = end;
    this.scroller = element("div", { class: "stage" });
    this.map = drawn("svg", { class: "minimap", "aria-hidden": "true" });
    this.root = element("div", { class: "viewport" }, this.scroller, this.map);
    this.scale = null;  // null: fit
    this.whole = false;  // whether to fit a drawing that nobody could read then
    const tool = (text, label, act) => {
      const button = element("button", { type: "button", "aria-label": label, title: label }, text);
      button.addEventListener("click", act);
      return button;
    };
    this.tools = element("div", { class: "tools", role: "group", "aria-label": "zoom" },
      tool("−", "zoom out", () => this.zoom(1 / 1.25)), tool("+", "zoom in", () => this.zoom(1.25)),
      tool("fit", "fit to window", () => { this.scale = null; this.whole = true; this.lay(); }));
    this.scroller.addEventListener("scroll", () => this.locate());
    this.scroller.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const view = this.scroller.getBoundingClientRect();
      this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - view.left, event.clientY - view.top);
    }, { passive: false });
    this.drag(this.scroller, (event, from) => {
      this.scroller.scrollLeft = from.left - (event.clientX - from.x);
      this.scroller.scrollTop = from.top - (event.clientY - from.y);
    });
    this.drag(this.map, (event) => {
      const map = this.map.getBoundingClientRect();
      this.scroller.scrollLeft = ((event.clientX - map.left) / map.width) * this.size.width * this.now - this.scroller.clientWidth / 2;
      this.scroller.scrollTop = ((event.clientY - map.top) / map.height) * this.size.height * this.now - this.scroller.clientHeight / 2;
    });
  }

  /* A finger scrolls by itself; a mouse drags the paper, not the boxes on it. */
  drag(target, move) {
    target.addEventListener("pointerdown", (event) => {
      if (event.button || event.pointerType === "touch" && target === this.scroller || event.target.closest(".node")) return;
      const from = { x: event.clientX, y: event.clientY, left: this.scroller.scrollLeft, top: this.scroller.scrollTop };
      const moved = (other) => {
        // Captured only once it moves: a click is for what lies under the pointer.
        if (Math.hypot(other.clientX - from.x, other.clientY - from.y) > 3) target.setPointerCapture(event.pointerId);
        move(other, from);
      };
      if (target === this.map) { move(event, from); event.preventDefault(); }
      const over = () => { target.removeEventListener("pointermove", moved); removeEventListener("pointerup", over); };
      target.addEventListener("pointermove", moved);
      addEventListener("pointerup", over);
    });
  }

  /* Show a drawing of a size, made of boxes. */
  show(svg, size, boxes) {
    this.svg = svg;
    this.size = size;
    this.scroller.replaceChildren(svg);
    this.map.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    this.map.replaceChildren(...boxes.map((box) => drawn("rect", { x: box.x, y: box.y - box.h / 2, width: box.w, height: box.h })));
    this.here = drawn("rect", { class: "here" });
    this.map.append(this.here);
    this.lay();
    if (this.scale === null && this.now > this.fitting()) this.scroller.scrollLeft = this.end === "left" ? 0 : this.scroller.scrollWidth;
  }

  fitting() {
    const look = getComputedStyle(this.scroller);
    const [most, above, below] = [look.maxHeight, look.paddingTop, look.paddingBottom].map(parseFloat);
    // JupyterLab draws before it puts the widget on the page, when nothing has a size yet.
    const [width, height] = [this.scroller.clientWidth || 600, most - above - below || 0.72 * innerHeight];
    const [across, down] = [width / this.size.width, height / this.size.height];
    return Math.min(1.15, across, this.whole ? down : Math.max(down, READABLE));
  }

  /* Where nobody could read the whole drawing, least of all on a phone, a readable part of it is shown. */
  lay() {
    const fitting = this.fitting();
    const smallest = this.scroller.clientWidth < 640 ? 0.6 : 0.45;
    this.now = this.scale ?? (fitting < smallest && !this.whole ? READABLE : fitting);
    this.svg.setAttribute("width", Math.floor(this.size.width * this.now));
    this.svg.setAttribute("height", Math.floor(this.size.height * this.now));
    this.locate();
  }

  /* Zoom about a point of the window, its middle by default. */
  zoom(factor, x = this.scroller.clientWidth / 2, y = this.scroller.clientHeight / 2) {
    const before = this.now;
    this.scale = Math.min(LARGEST, Math.max(0.1, before * factor));
    const [left, top] = [this.scroller.scrollLeft + x, this.scroller.scrollTop + y];
    this.lay();
    this.scroller.scrollLeft = (left * this.now) / before - x;
    this.scroller.scrollTop = (top * this.now) / before - y;
  }

  /* Draw the part that is seen on the map, which is there only if a part is not and the window has room. */
  locate() {
    const { scroller, now } = this;
    const whole = scroller.scrollWidth <= scroller.clientWidth + 1 && scroller.scrollHeight <= scroller.clientHeight + 1;
    this.map.classList.toggle("needed", !whole && scroller.clientHeight > LOW);
    if (whole || !this.here) return;
    const seen = { x: scroller.scrollLeft, y: scroller.scrollTop, width: scroller.clientWidth, height: scroller.clientHeight };
    for (const [key, value] of Object.entries(seen)) this.here.setAttribute(key, value / now);
  }

  /* Bring a node into the window. */
  follow(node) {
    const { scroller } = this;
    const [view, box] = [scroller.getBoundingClientRect(), node.getBoundingClientRect()];
    if (box.left < view.left || box.right > view.right) scroller.scrollLeft += box.left - view.left - (view.width - box.width) / 2;
    if (box.top < view.top || box.bottom > view.bottom) scroller.scrollTop += box.top - view.top - (view.height - box.height) / 2;
  }
}
