/* The network or graph of a live page, with its numbers; and its weights, which can be changed. */

function boxOf(lines, kind, more, room = "∂ -1.234e-05") {
  const width = Math.max(...lines.map(measure), measure(room));
  return { lines, kind, w: width + 22, h: 16 * lines.length + 10, ...more };
}

/* A text of numbers with room for longer ones, in four digits; the shape of an array stays. */
const roomy = (text) => text.replace(/^\([\d, ]*\)|-?\d\S*\d|\d/g, (found) => (found.startsWith("(") ? found : "-0.000000"));

/* The boxes and edges of the scene. Each edge of a network knows its weight: a parameter and a place in it. */
function pictureOf(scene) {
  if (scene.kind === "network") return networkPicture(scene);
  const { graph } = scene;
  const boxes = graph.names.map((name, i) => {
    if (graph.kinds[i] === "constant") return { ...boxOf([graph.data[i]], "constant", { i }), w: measure(graph.data[i]) + 22 };
    return boxOf([graph.ops[i] ? `${graph.ops[i]}  ${name}` : name, graph.data[i], ...(i in graph.adjoints ? ["∂"] : [])], graph.kinds[i], { i }, `∂ ${roomy(graph.data[i])}`);
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

let form = null;
function redraw() {
  const scene = model.get("scene");
  const { names, inputs, kinds } = scene.graph ?? {};
  const found = JSON.stringify(scene.graph ? [names, inputs, kinds, scene.parameters] : scene);
  if (found === form) return;  // other numbers only: what has the keys, and what is seen, stay
  form = found;
  chosen = null;
  fillParameters(scene.parameters ?? []);
  drawing = null;
  const heading = scene.kind === "network" ? "The network" : "The graph of the loss";
  network.querySelector("h3").textContent = heading;
  network.setAttribute("aria-label", heading);
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
  group.setAttribute("aria-describedby", tip.id);
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
    const group = drawing.groups[b];
    const [value, adjoint] = numbersOf(box);
    const texts = group.querySelectorAll("text");
    if (box.kind === "constant") {
      texts[0].textContent = value;
      group.setAttribute("aria-label", value);
      return;
    }
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
    const input = element("input", { type: "number", min: 0, max: size - 1, value: place[axis], "aria-label": shape.length > 2 ? `index ${axis}` : axis ? "column" : "row", id: `place${axis}` });
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
  weight.select();  // the keys stay here
  if (weight.value !== "") act("parameter", { name: chosen.name, place: chosen.place, value: Number(weight.value) });
});

