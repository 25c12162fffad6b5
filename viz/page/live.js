/* A network that learns: the kernel sends its numbers, and this page draws them and asks for the next.
   place: an element to fill; model: of anywidget, with scene, points, sent and page, which the kernel sets. */
function live(place, model, look) {
const SHAPES = ["circle", "square", "triangle", "diamond"];
const COLOURS = 6;
const [WIDE, HIGH] = [150, 100];  // of the plane of examples
const LABELLED = 40;  // the most edges that have labels of their own
const SPEEDS = [["1 update a second", 1, 1000], ["4 a second", 1, 250], ["1 a frame", 1, 0], ["10 a frame", 10, 0], ["as fast as it goes", 0, 0]];
const TITLES = { rate: "learning rate", method: "gradient by", layers: "hidden layers" };
const SAID = { paths: "the sum over paths (naive)", backprop: "backprop" };

let asked = 0;
let answered = 0;
let playing = false;
let frame = {};
let drawing = null;
let chosen = null;
let timer = null;

/* A number with four significant digits, as Python's %.4g writes it. */
function digits(x) {
  if (typeof x !== "number") return String(x ?? "");
  if (x === 0) return "0";
  const [mantissa, power] = x.toExponential(3).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 4) return String(Number(x.toPrecision(4)));
  return `${Number(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function ask(what, details = {}) {
  asked += 1;
  model.send({ ask: asked, do: what, ...details });
}

/* ---- the parts of the page */

const button = (text, label, act, id) => {
  const made = element("button", { type: "button", title: label, ...(text === label ? {} : { "aria-label": label }), ...(id ? { id } : {}) }, text);
  made.addEventListener("click", act);
  return made;
};
const labelled = (text, control, look = "") => element("label", { class: look }, element("span", {}, text), control);
const pane = (title, look, ...content) => element("section", { class: `pane ${look}`, "aria-label": title },
  element("header", {}, element("h3", {}, title), ...content.splice(0, 1)), ...content);

const play = button("play", "play", toggle, "play");
const slider = element("input", { id: "slider", type: "range", min: 0, value: 0, step: 1, "aria-label": "update" });
const position = element("output", { id: "position" });
const speed = element("select", { id: "speed" }, ...SPEEDS.map(([text], i) => element("option", { value: i, ...(i === 2 ? { selected: "" } : {}) }, text)));
const alarm = element("p", { class: "warning", id: "message", role: "alert" });
const settings = element("div", { class: "settings", role: "group", "aria-label": "settings" });
const state = element("p", { class: "sentence", id: "state" });
const viewport = new Viewport();
const shownExample = element("input", { id: "example", type: "number", min: 0, value: 0, "aria-label": "number of the example shown" });
const edgesShow = element("select", { id: "edges", "aria-label": "edges show" }, element("option", { value: "weights" }, "weights"), element("option", { value: "gradients" }, "gradients"));
const tip = element("div", { class: "tip", role: "tooltip", hidden: "" });
const planeCanvas = element("canvas", { width: 1, height: 1, "aria-hidden": "true" });
const planePoints = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": "the examples" });
const curve = drawn("svg", { viewBox: "0 0 320 130", role: "img", id: "curve" });
const ledger = element("div", { id: "ledger" });
const which = element("select", { id: "parameter" });
const places = element("span", { class: "places" });
const weight = element("input", { id: "weight", type: "number", step: "any" });
const was = element("span", { class: "note", id: "gradient" });
const fields = [element("input", { type: "number", step: "any", id: "x0" }), element("input", { type: "number", step: "any", id: "x1" })];
const target = element("input", { type: "number", step: "any", id: "target" });
const table = element("textarea", { id: "table", rows: 4, placeholder: "0.5, -1.2, 0\n1.0, 0.3, 1", spellcheck: "false" });
const file = element("input", { type: "file", id: "file", accept: ".csv,.tsv,.txt,text/csv,text/plain" });

const walked = element("section", { class: "stepped", "aria-label": "the gradient step by step", hidden: "" });
const stepThrough = button("step through its gradient", "step through the gradient of the example shown, naively and by backprop", () => act("walk"), "walk");
const network = pane("The network", "network",
  element("span", { class: "row" }, labelled("example", shownExample), labelled("edges show", edgesShow), viewport.tools), element("div", { class: "said" }, state, stepThrough), viewport.root);
const world = element("div", { class: "world" }, planeCanvas, planePoints);
const data = pane("Examples and answers", "data", element("span", { class: "row", id: "dataNote" }), world,
  element("p", { class: "note", id: "planeHelp" }, "Click to add an example, click one to show it, drag one to move it. The fields below do the same."));
const losses = pane("Loss", "losses", element("span", { class: "row", id: "lossNote" }), curve);
const costs = pane("Operations so far", "costs", element("span", { class: "row" }), ledger);
const editor = pane("Change a weight", "weights", was,
  element("form", { class: "fields", id: "weightForm" }, labelled("parameter", which), places, labelled("value", weight), element("button", { type: "submit" }, "set")));
const example = pane("Change the examples", "examples", element("span", { class: "row" }, labelled("a file of your own", file)),
  element("form", { class: "fields", id: "pointForm" }, labelled("x[0]", fields[0]), labelled("x[1]", fields[1], "second"), labelled("target", target),
    element("button", { type: "submit" }, "set this example"), button("add as a new one", "add as a new one", () => sendPoint(frame.count)),
    button("remove this example", "remove this example", () => act("points", { row: frame.example, remove: true }))),
  element("form", { class: "fields", id: "tableForm" }, labelled("own data as CSV, the target last", table, "tall"),
    element("button", { type: "submit" }, "use this data")));
const learnExample = button("learn this example", "one update by the example shown", () => act("example"), "learn");
const controls = element("div", { class: "controls", role: "toolbar", "aria-label": "training" },
  button("|◀", "back to the first update", () => go(frame.first), "first"), button("◀", "one update back", () => go(frame.update - 1), "back"), play,
  button("▶", "one update on", () => (frame.update < frame.last ? go(frame.update + 1) : act("advance", { updates: 1 })), "forward"),
  button("▶|", "to the latest update", () => go(frame.last), "last"), slider, position, learnExample, labelled("speed", speed));
const root = element("div", { class: "live", tabindex: -1, "aria-label": "a network that learns" },
  controls, alarm, settings, element("div", { class: "grid" }, element("div", { class: "main" }, network, editor, example), element("div", { class: "side" }, data, losses, costs)),
  walked,
  element("p", { class: "note" }, "Keys: space plays and pauses, ← and → go an update back and on; Tab enters the network, ↑ and ↓ move through it, Enter chooses a weight to change. " +
    "An update or a change at an earlier update discards what came after it. Up to 128 states are kept; updates between them are repeated. Updates of another training, such as fit, cannot be repeated: there one comes to the state before."),
  tip);
shadowOf(place, STYLE, look).append(root);
const $ = (id) => root.querySelector(`#${id}`);

/* ---- asking */

function act(what, details) { pause(); ask(what, details); }

function go(update) {
  pause();
  ask("go", { update: Math.max(frame.first, Math.min(frame.last, update)) });
}

function toggle() { if (playing) pause(); else begin(); }

function begin() {
  playing = true;
  play.textContent = "pause";
  play.setAttribute("aria-label", "pause");
  next();
}

function pause() {
  if (playing) ask("rest");
  playing = false;
  clearTimeout(timer);
  play.textContent = "play";
  play.setAttribute("aria-label", "play");
}

/* Ask for the next frame, once the one before is drawn. */
function next() {
  const [, updates, wait] = SPEEDS[Number(speed.value)];
  clearTimeout(timer);
  timer = setTimeout(() => { if (playing) ask("advance", { updates }); }, wait);
}

/* ---- the drawing */

function boxOf(lines, kind, more, room = "∂ -1.234e-05") {
  const width = Math.max(...lines.map(measure), measure(room));
  return { lines, kind, w: width + 22, h: 16 * lines.length + 10, ...more };
}

/* The boxes and edges of the scene. Each edge of a network knows its weight: a parameter and a place in it. */
function pictureOf(scene) {
  if (scene.kind === "network") return networkPicture(scene);
  const { graph } = scene;
  const boxes = graph.names.map((name, i) => {
    if (graph.kinds[i] === "constant") return { ...boxOf([graph.data[i]], "constant", { i }), w: measure(graph.data[i]) + 22 };
    return boxOf([graph.ops[i] ? `${graph.ops[i]}  ${name}` : name, graph.data[i], ...(i in graph.adjoints ? ["∂"] : [])], graph.kinds[i], { i });
  });
  const edges = graph.inputs.flatMap((inputs, i) => inputs.map((from, k) => {
    const label = from in graph.adjoints ? graph.edges[i][k] : "";
    return { key: `${i}.${k}`, from, to: i, label, w: label ? Math.max(measure(label), measure("-0.00000")) : 0, idle: !label, user: i, k };
  }));
  return { boxes, edges };
}

function networkPicture(scene) {
  const small = scene.columns.slice(1).reduce((sum, names, l) => sum + names.length * scene.columns[l].length, 0) <= LABELLED;
  const tall = Math.max(...scene.columns.map((names) => names.length)) > 8;
  const boxes = scene.columns.flatMap((names, column) => names.map((name, at) =>
    boxOf(tall ? [name, ""] : column ? [name, "", "∂"] : [name, ""], column ? "computed" : "input", { column, at }, tall && column ? "-0.01234  ∂ -0.001234" : undefined)));
  boxes.push(boxOf(["loss", ""], "result", { column: scene.columns.length, at: 0 }));
  const offsets = scene.columns.map((_, l) => scene.columns.slice(0, l).reduce((sum, names) => sum + names.length, 0));
  const edges = [];
  scene.columns.slice(1).forEach((names, l) => names.forEach((_, to) => scene.columns[l].forEach((_, from) => {
    edges.push({ key: `${l}.${to}.${from}`, from: offsets[l] + from, to: offsets[l + 1] + to, label: small ? " " : "", w: small ? measure("-0.00000") : 0,
      parameter: scene.chain[l][0], place: [to, from], index: to * scene.columns[l].length + from });
  })));
  scene.columns.at(-1).forEach((_, from) => edges.push({ key: `loss.${from}`, from: offsets.at(-1) + from, to: boxes.length - 1, label: "", w: 0, idle: true }));
  return { boxes, edges, tall };
}

function redraw() {
  const scene = model.get("scene");
  chosen = null;
  fillParameters(scene.parameters ?? []);
  drawing = null;
  network.querySelector("h3").textContent = scene.kind === "network" ? "The network" : "The graph of the loss";
  edgesShow.closest("label").hidden = scene.kind !== "network";
  if (scene.kind !== "network" && scene.kind !== "graph") {
    viewport.scroller.replaceChildren(element("p", { class: "note" }, `The graph has ${count(scene.size)} values, too many to draw.`));
    return;
  }
  const { boxes, edges, tall } = pictureOf(scene);
  const size = layered(boxes, edges, edges.some((edge) => edge.label) ? 0 : 110);
  const svg = drawn("svg", { viewBox: `0 0 ${size.width} ${size.height}`, role: "group" });
  svg.append(drawn("title", {}, scene.kind === "network" ? "The network" : `Graph of ${scene.graph.name}`),
    drawn("desc", {}, "Inputs left, the loss right. Tab enters; the arrow keys up and down move through the boxes."));
  const roving = new Roving();
  drawing = { scene, boxes, edges, tall, groups: [], lines: new Map() };
  for (const edge of edges) {
    const group = drawEdge(edge, boxes, edge.idle ? " idle" : "");
    if (edge.parameter) {
      group.classList.add("weight");
      group.addEventListener("click", () => choose(edge.parameter, edge.place));
    }
    drawing.lines.set(edge.key, group);
    svg.append(group);
  }
  boxes.forEach((box) => {
    const places = weightsInto(box);
    const group = drawBox(box, box.kind, { class: `node ${box.kind}${places.length ? " opens" : ""}`, role: places.length ? "button" : "img" });
    roving.add(group, places.length ? () => choose(...places[0]) : null);
    for (const event of ["pointerenter", "focus"]) group.addEventListener(event, () => explain(box, group));
    for (const event of ["pointerleave", "blur"]) group.addEventListener(event, () => { tip.hidden = true; });
    drawing.groups.push(group);
    svg.append(group);
  });
  viewport.show(svg, size, boxes);
  roving.enter(drawing.groups.at(-1));
}

/* The parameters that a box stands for, or that lead into it: each a name and a place. */
function weightsInto(box) {
  const { scene } = drawing;
  if (scene.kind === "graph") {
    const name = scene.graph.names[box.i];
    const found = scene.graph.kinds[box.i] === "parameter" && scene.parameters.find(([, title]) => title === name);
    return found ? [[found[0], found[2].map(() => 0)]] : [];
  }
  const link = scene.chain[box.column - 1];
  if (!link) return [];
  const bias = link[1] ? [[link[1], [box.at]]] : [];
  return [...bias, ...scene.columns[box.column - 1].map((_, from) => [link[0], [box.at, from]])];
}

function indexOf(name, place) {
  const shape = drawing?.scene.parameters.find(([other]) => other === name)?.[2] ?? model.get("scene").parameters.find(([other]) => other === name)[2];
  return shape.reduce((index, size, axis) => index * size + place[axis], 0);
}

const titleOf = (name) => model.get("scene").parameters.find(([other]) => other === name)?.[1] ?? name;
const numbersOf = (box) => {
  if (drawing.scene.kind === "graph") return [frame.graph?.data[box.i] ?? "", frame.graph?.adjoints[box.i]];
  if (box.kind === "result") return [digits(frame.loss), "1"];
  return [digits(frame.columns?.[box.column]?.[box.at]), box.column ? digits(frame.adjoints?.[box.column - 1]?.[box.at]) : undefined];
};

function explain(box, group) {
  const [value, adjoint] = numbersOf(box);
  const rows = [["name", box.lines[0]], [drawing.scene.kind === "network" && box.kind === "computed" ? "activation" : "data", value]];
  if (adjoint !== undefined) rows.push(["gradient", adjoint]);
  if (drawing.scene.kind === "network") {
    for (const [name, place] of weightsInto(box).slice(0, 18)) {
      const at = indexOf(name, place);
      rows.push([`${titleOf(name)}[${place.join(",")}]`, `${digits(frame.parameters[name][at])}   ∂ ${digits(frame.gradients[name][at])}`]);
    }
  }
  const list = element("dl");
  for (const [term, text] of rows) list.append(element("dt", {}, term), element("dd", {}, text));
  tip.replaceChildren(list);
  tip.hidden = false;
  const [outer, at, size] = [root.getBoundingClientRect(), group.getBoundingClientRect(), tip.getBoundingClientRect()];
  const left = Math.max(0, Math.min(outer.width - size.width, at.left - outer.left + at.width / 2 - size.width / 2));
  const below = at.bottom + size.height + 12 < innerHeight;
  tip.style.left = `${left}px`;
  tip.style.top = `${below ? at.bottom - outer.top + 8 : Math.max(0, at.top - outer.top - size.height - 8)}px`;
}

/* Write the numbers of the frame on the drawing. */
function paint() {
  if (!drawing || !frame.parameters) return;
  const graph = drawing.scene.kind === "graph";
  const gradients = edgesShow.value === "gradients";
  const from = gradients ? frame.gradients : frame.parameters;
  const most = new Map();
  for (const [name, numbers] of Object.entries(from)) most.set(name, numbers.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-12));
  drawing.boxes.forEach((box, b) => {
    if (box.kind === "constant") return;
    const group = drawing.groups[b];
    const [value, adjoint] = numbersOf(box);
    const texts = group.querySelectorAll("text");
    texts[1].textContent = drawing.tall && adjoint !== undefined && box.kind === "computed" ? `${value}  ∂ ${adjoint}` : value;
    if (texts[2]) texts[2].textContent = adjoint === undefined ? "" : `∂ ${adjoint}`;
    group.setAttribute("aria-label", `${box.lines[0]}: ${value}${adjoint === undefined ? "" : `, gradient ${adjoint}`}${group.getAttribute("role") === "button" ? ": change a weight" : ""}`);
  });
  for (const edge of drawing.edges) {
    const group = drawing.lines.get(edge.key);
    if (graph) {
      if (group.label) group.label.textContent = frame.graph.edges[edge.user][edge.k];
      continue;
    }
    if (!edge.parameter) continue;
    const number = from[edge.parameter][edge.index];
    group.classList.toggle("negative", number < 0);
    group.classList.toggle("positive", number > 0);
    group.firstChild.style.strokeWidth = `${0.6 + (3 * Math.abs(number)) / most.get(edge.parameter)}px`;
    if (group.label) group.label.textContent = digits(number);
  }
}

/* ---- weights */

function fillParameters(parameters) {
  which.replaceChildren(...parameters.map(([name, title]) => element("option", { value: name }, title)));
  if (parameters.length) choose(parameters[0][0], parameters[0][2].map(() => 0), false);
}

function choose(name, place, focus = true) {
  const shape = model.get("scene").parameters.find(([other]) => other === name)[2];
  which.value = name;
  chosen = { name, place: [...place] };
  places.replaceChildren(...shape.map((size, axis) => {
    const input = element("input", { type: "number", min: 0, max: size - 1, value: place[axis], "aria-label": axis ? "column" : "row", id: `place${axis}` });
    input.addEventListener("change", () => {
      chosen.place[axis] = Math.max(0, Math.min(size - 1, Math.round(Number(input.value)) || 0));
      input.value = chosen.place[axis];
      showWeight();
    });
    return input;
  }));
  showWeight();
  if (focus) { pause(); weight.focus(); weight.select(); }
}

function showWeight() {
  if (!chosen || !frame.parameters?.[chosen.name]) return;
  const at = indexOf(chosen.name, chosen.place);
  if (root.getRootNode().activeElement !== weight) weight.value = digits(frame.parameters[chosen.name][at]);
  was.textContent = `now ${digits(frame.parameters[chosen.name][at])}, gradient ${digits(frame.gradients[chosen.name][at])}`;
  const edge = drawing?.edges.find((other) => other.parameter === chosen.name && other.place.join() === chosen.place.join());
  for (const [key, group] of drawing?.lines ?? []) group.classList.toggle("shown", key === edge?.key);
}

which.addEventListener("change", () => choose(which.value, model.get("scene").parameters.find(([name]) => name === which.value)[2].map(() => 0), false));
$("weightForm").addEventListener("submit", (event) => {
  event.preventDefault();
  weight.blur();
  if (weight.value !== "") act("parameter", { name: chosen.name, place: chosen.place, value: Number(weight.value) });
});

/* ---- the examples */

const toView = (x, y) => [(WIDE * (x - bounds[0][0])) / (bounds[0][1] - bounds[0][0]), HIGH - (HIGH * (y - bounds[1][0])) / (bounds[1][1] - bounds[1][0])];
let bounds = [[0, 1], [0, 1]];

function range() {
  const points = model.get("points");
  const numbers = [...points.targets, ...(frame.plane?.line ?? []).map(([, y]) => y)].filter(Number.isFinite);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const margin = 0.1 * (high - low) || 1;
  return [low - margin, high + margin];
}

function drawPoints() {
  const points = model.get("points");
  const has = Boolean(points.inputs);
  data.hidden = example.hidden = !has;
  learnExample.hidden = !has;
  shownExample.closest("label").hidden = !has;
  if (!has) return;
  const one = points.features === 1;
  bounds = one ? [points.bounds[0], range()] : points.bounds;
  fields[1].closest("label").hidden = one;
  planePoints.replaceChildren();
  if (one && frame.plane?.line) {
    planePoints.append(drawn("polyline", { class: "answer", points: frame.plane.line.map(([x, y]) => toView(x, y).join()).join(" ") }));
  }
  points.inputs.forEach((inputs, row) => {
    const [x, y] = toView(inputs[0], one ? points.targets[row] : inputs[1]);
    const mark = markOf(points.classes ? points.targets[row] : 0, x, y);
    mark.dataset.row = row;
    planePoints.append(mark);
  });
  $("dataNote").textContent = points.features > 2 ? `${plural(points.count, "example")}; the plane of x[0] and x[1], the other ${points.features - 2} at their means`
    : plural(points.count, "example") + (points.count > points.inputs.length ? `, the first ${count(points.inputs.length)} shown` : "");
  planePoints.setAttribute("aria-label", `${plural(points.count, "example")}${points.classes ? ` of ${points.classes} classes` : ""}, and over the plane what the network answers`);
  shownExample.max = points.count - 1;
}

/* A mark of a class: classes differ in shape and in colour. */
function markOf(kind, x, y) {
  const r = 1.7;
  const look = `point class${kind % COLOURS}`;
  const shape = SHAPES[kind % SHAPES.length];
  if (shape === "circle") return drawn("circle", { class: look, cx: x, cy: y, r });
  if (shape === "square") return drawn("rect", { class: look, x: x - r, y: y - r, width: 2 * r, height: 2 * r });
  const corners = shape === "triangle" ? [[0, -r * 1.2], [r * 1.1, r], [-r * 1.1, r]] : [[0, -r * 1.3], [r * 1.3, 0], [0, r * 1.3], [-r * 1.3, 0]];
  return drawn("path", { class: look, d: `M${corners.map(([dx, dy]) => `${x + dx},${y + dy}`).join("L")}Z` });
}

function drawPlane() {
  const { plane } = frame;
  planeCanvas.hidden = !plane?.cells;
  if (!plane?.cells) return;
  const cells = Uint8Array.from(atob(plane.cells), (c) => c.charCodeAt(0));
  const sure = plane.sure && Uint8Array.from(atob(plane.sure), (c) => c.charCodeAt(0));
  const [columns, rows] = [plane.side, cells.length / plane.side];
  planeCanvas.width = columns;
  planeCanvas.height = rows;
  const context = planeCanvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const classes = model.get("points").classes;
  cells.forEach((cell, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const to = 4 * ((rows - 1 - row) * columns + column);
    const colour = classes ? palette[cell % COLOURS] : palette[cell < 128 ? 0 : 1];
    image.data.set(colour, to);
    const strength = sure ? Math.max(0, (sure[at] / 255 - 1 / classes) / (1 - 1 / classes)) : Math.abs(cell - 127.5) / 127.5;
    image.data[to + 3] = 25 + 130 * strength;
  });
  context.putImageData(image, 0, 0);
}

let palette = [];
function readPalette() {
  const style = getComputedStyle(root);
  palette = Array.from({ length: COLOURS }, (_, k) => {
    const hex = style.getPropertyValue(`--class${k}`).trim() || "#0072b2";
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  });
}

function chooseExample() {
  const points = model.get("points");
  const inputs = points.inputs?.[frame.example];
  for (const mark of planePoints.children) mark.classList.toggle("chosen", Number(mark.dataset.row) === frame.example);
  const active = root.getRootNode().activeElement;
  if (active !== shownExample) shownExample.value = frame.example;
  if (!inputs) return;
  inputs.forEach((x, axis) => { if (fields[axis] && active !== fields[axis]) fields[axis].value = digits(x); });
  if (active !== target) target.value = digits(points.targets[frame.example]);
}

function sendPoint(row, inputs = fields.slice(0, model.get("points").features).map((field) => Number(field.value)), label = Number(target.value)) {
  act("points", { row, inputs, target: label });
}

shownExample.addEventListener("change", () => act("show", { example: Math.round(Number(shownExample.value)) || 0 }));
$("pointForm").addEventListener("submit", (event) => { event.preventDefault(); sendPoint(frame.example); });
$("tableForm").addEventListener("submit", (event) => {
  event.preventDefault();
  act("table", { text: table.value });
});
file.addEventListener("change", async () => {
  const given = file.files[0];
  if (given?.size > 2e6) alarm.textContent = "The file is over the limit of 2 MB.";
  else if (given) table.value = await given.text();
});

planePoints.addEventListener("pointerdown", (event) => {
  const points = model.get("points");
  const view = planePoints.getBoundingClientRect();
  const at = (other) => [[other.clientX - view.left, view.width], [view.bottom - other.clientY, view.height]].map(([x, size], axis) => {
    const [low, high] = bounds[axis];
    return Number((low + (x / size) * (high - low)).toPrecision(4));
  });
  const row = event.target.dataset.row;
  const one = points.features === 1;
  if (row === undefined) {
    const [x, y] = at(event);
    const near = one ? y : Number(target.value);
    sendPoint(points.count, one ? [x] : [x, y], near);
    return;
  }
  const from = [event.clientX, event.clientY];
  planePoints.setPointerCapture(event.pointerId);
  planePoints.addEventListener("pointerup", (other) => {
    const moved = Math.hypot(other.clientX - from[0], other.clientY - from[1]) > 4;
    const [x, y] = at(other);
    if (!moved) act("show", { example: Number(row) });
    else sendPoint(Number(row), one ? [x] : [x, y], one ? y : points.targets[Number(row)]);
  }, { once: true });
});

/* ---- loss and operations */

function drawCurve() {
  const points = frame.curve ?? [];
  const [width, height, left, bottom] = [320, 130, 40, 20];
  curve.replaceChildren();
  $("lossNote").textContent = frame.mean === undefined ? "" : `${digits(frame.mean)}${frame.count ? " over all examples" : ""}`;
  const numbers = [];
  for (let i = 0; i < points.length; i += 2) if (Number.isFinite(points[i + 1])) numbers.push([points[i], points[i + 1]]);
  const most = numbers.reduce((a, [, y]) => Math.max(a, y), 0) || 1;
  const last = Math.max(1, frame.last ?? 1);
  const at = ([x, y]) => [left + ((width - left - 6) * x) / last, 8 + (height - bottom - 8) * (1 - y / most)];
  for (const [y, text] of [[0, "0"], [most, digits(Number(most.toPrecision(2)))]]) {
    curve.append(drawn("text", { x: left - 5, y: at([0, y])[1] + 4, class: "axis end" }, text), drawn("path", { class: "rule", d: `M${left},${at([0, y])[1]}H${width - 6}` }));
  }
  curve.append(drawn("text", { x: left, y: height - 5, class: "axis start" }, "update 0"), drawn("text", { x: width - 6, y: height - 5, class: "axis end" }, count(last)));
  if (numbers.length) curve.append(drawn("polyline", { class: "line", points: numbers.map((point) => at(point).map((x) => x.toFixed(1)).join()).join(" ") }));
  curve.append(drawn("path", { class: "now", d: `M${at([frame.update ?? 0, 0])[0]},4V${height - bottom}` }));
  curve.setAttribute("aria-label", `The loss before each update, up to update ${count(last)}`);
}

function drawLedger() {
  const { ledger: found, settings: chosenSettings } = frame;
  ledger.replaceChildren();
  if (!found?.all) {
    ledger.append(element("p", { class: "note" }, frame.update === frame.first ? "Counted from the first update on." : "The operations of this training are not counted: they can be for an MLP with up to 50,000 products in a batch, and for a recorded loss."));
    return;
  }
  const method = chosenSettings?.method?.[0] ?? "backprop";
  const longest = Math.max(...Object.values(found.logs));
  const list = element("table", {}, element("thead", {}, element("tr", {}, ...["gradients by", "this update", "all updates"].map((text, i) => element("th", { scope: "col", ...(i ? {} : { class: "left" }) }, text)))));
  const body = element("tbody");
  for (const name of ["paths", "backprop"]) {
    const bar = element("div", { class: `bar ${name}` });
    bar.style.width = `${(100 * found.logs[name]) / longest}%`;
    body.append(element("tr", { class: name === method ? "used" : "" }, element("th", { scope: "row" }, SAID[name]), element("td", { id: `each-${name}` }, found.each[name]), element("td", { id: `all-${name}` }, found.all[name])),
      element("tr", { class: "bars", "aria-hidden": "true" }, element("td", { colspan: 3 }, bar)));
  }
  list.append(body);
  ledger.append(list, element("p", { class: "note" }, `The naive way takes ${found.times} times the operations; the bars are on a logarithmic scale. ${method === "paths" ? "The updates are computed naively." : "The updates are computed by backprop."}`));
}

/* The run of backprop beside the path sum, on the graph of the example shown, as the report shows runs. */
function showWalk() {
  const page = model.get("page");
  walked.hidden = !page.html;
  walked.replaceChildren();
  if (!page.html) return;
  const inner = element("div");
  walked.append(button("close", "close", () => { walked.hidden = true; stepThrough.focus(); }), inner);
  walkIn(inner, page);
  walked.scrollIntoView({ block: "nearest" });
}

/* ---- settings */

const inputs = new Map();
function drawSettings() {
  for (const [name, [value, choices]] of Object.entries(frame.settings ?? {})) {
    let input = inputs.get(name);
    if (!input) {
      input = choices.length ? element("select", { id: `set-${name.replace(" ", "-")}` }) : element("input", { id: `set-${name.replace(" ", "-")}`, ...(name === "layers" ? { type: "text", size: 7, spellcheck: "false" } : { type: "number", step: "any", min: 0 }) });
      input.addEventListener("change", () => {
        ask("change", { name, value: input.type === "number" ? Number(input.value) : input.value });
      });
      inputs.set(name, input);
      settings.append(labelled(TITLES[name] ?? name, input));
    }
    if (choices.length && input.children.length !== choices.length) input.replaceChildren(...choices.map((choice) => element("option", { value: choice }, SAID[choice] ?? choice)));
    if (root.getRootNode().activeElement !== input) input.value = value;
  }
  for (const [name, input] of inputs) input.closest("label").hidden = !(name in (frame.settings ?? {}));
}

/* ---- frames */

function show() {
  frame = JSON.parse(model.get("sent"));
  answered = frame.reply || answered;
  frame.count = model.get("points").count ?? 0;
  const { update = 0, last = 0, first = 0 } = frame;
  slider.min = first;
  slider.max = last;
  slider.value = update;
  position.textContent = `update ${count(update)} of ${count(last)}`;
  alarm.textContent = frame.message ?? "";
  if (frame.message) pause();
  const batch = typeof frame.batch === "number" && frame.count ? ` The last batch had a loss of ${digits(frame.batch)}.` : "";
  state.textContent = frame.loss === undefined ? "" : `The loss${frame.count ? ` of example ${frame.example}` : ""} is ${digits(frame.loss)}.${batch}`;
  paint();
  showWeight();
  drawPlane();
  if (frame.plane?.line) drawPoints();
  chooseExample();
  drawCurve();
  drawLedger();
  drawSettings();
  root.dataset.update = update;
  root.dataset.reply = frame.reply ?? 0;
  if (playing && answered >= asked) next();
}

edgesShow.addEventListener("change", () => { paint(); showWeight(); });
slider.addEventListener("change", () => go(Number(slider.value)));
slider.addEventListener("input", () => { position.textContent = `update ${count(Number(slider.value))} of ${count(frame.last)}`; });
speed.addEventListener("change", () => { if (playing) next(); });
root.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input, textarea")) return;
  if (event.key === " " && event.target.tagName !== "BUTTON") toggle();
  else if (event.key === "ArrowRight") $("forward").click();
  else if (event.key === "ArrowLeft") $("back").click();
  else return;
  event.preventDefault();
});

readPalette();
const dark = matchMedia("(prefers-color-scheme: dark)");
const recolour = () => { readPalette(); drawPlane(); };
dark.addEventListener("change", recolour);
model.on("change:scene", redraw);
model.on("change:points", () => { drawPoints(); });
model.on("change:sent", show);
model.on("change:page", showWalk);
frame = JSON.parse(model.get("sent"));
redraw();
drawPoints();
show();
const watch = new ResizeObserver(() => { if (drawing && viewport.scale === null) viewport.lay(); });
watch.observe(viewport.scroller);
return () => {
  pause();
  watch.disconnect();
  dark.removeEventListener("change", recolour);
  model.off("change:scene", redraw);
  model.off("change:sent", show);
  model.off("change:page", showWalk);
};
}
