/* The graphs and runs of the report, the boxes and edges to draw, and the state of a run after a step. */
const KINDS = ["input", "parameter", "constant", "computed", "result", "folded"];
const COUNTERS = ["multiplications", "additions", "partials", "forward", "multiply-adds", "forward multiply-adds"];
// The fields of a step. USER and INPUT: the edge walked, by its user and the position among the user's inputs;
// UNTIL: the step before which the method drops the number; SOURCE and TARGET: the nodes that the edge joins,
// also of an edge that an elimination made; from COST on: the counters.
const [KIND, NODE, USER, INPUT, VALUE, LOOK, UNTIL, SOURCE, TARGET, COST] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const $ = (id) => root.getElementById(id);
/* ---- graphs and their open boxes */

for (const graph of DATA.graphs) {
  graph.size = graph.names.length;
  graph.total = graph.inputs.reduce((sum, inputs) => sum + inputs.length, 0);
  graph.boxes = [];
  const numbered = (tree, within) => {
    const [name, start, end, paths, parts, times] = tree;
    const box = { id: graph.boxes.length, name, start, end, paths, within, times };
    graph.boxes.push(box);
    box.parts = parts.map((part) => numbered(part, box));
    if (!parts.length && end - start > 1) {  // a box without parts unfolds into its values
      for (let at = start; at < end; at++) box.parts.push({ id: -1, name: "", start: at, end: at + 1, paths: "", within: box, parts: [], times: 1 });
    }
    return box;
  };
  graph.whole = numbered(graph.tree, null);
  const small = graph.size <= DATA.limit;
  // A long run of identical blocks is merged until it is opened.
  const merged = (box) => box.times > 1 && box.end - box.start > DATA.few;
  graph.open = new Set(small ? graph.boxes.filter((box) => box.parts.length && !merged(box)).map((box) => box.id) : [0]);
}

function visible(graph) {
  const found = [];
  const visit = (box) => (graph.open.has(box.id) ? box.parts.forEach(visit) : found.push(box));
  visit(graph.whole);
  return found;
}

const single = (box) => box.end - box.start === 1;

function lines(graph, box) {
  if (!single(box)) {
    const values = plural(box.end - box.start, "value");
    return [called(graph, box), box.times > 1 ? `${values}, ${count((box.end - box.start) / box.times)} each` : values, plural(box.inside, "edge"),
            box.paths === "1" ? "1 path from here" : `${box.paths} paths from here`];
  }
  const i = graph.order[box.start];
  if (graph.kinds[i] === "constant") return [graph.data[i]];
  const what = graph.ops[i] ? `${graph.ops[i]}  ${graph.names[i]}` : graph.names[i];
  return i in graph.adjoints ? [what, graph.data[i], ""] : [what, graph.data[i]];
}

/* The boxes and edges to draw, laid out; cached until a box is opened or folded. */
function scene(graph) {
  if (graph.scene) return graph.scene;
  const boxes = visible(graph);
  const home = new Int32Array(graph.size);
  boxes.forEach((box, b) => { for (let at = box.start; at < box.end; at++) home[graph.order[at]] = b; });
  boxes.forEach((box) => { box.inside = 0; });
  const edges = new Map();
  graph.inputs.forEach((inputs, i) => inputs.forEach((source, k) => {
    const [from, to] = [home[source], home[i]];
    if (from === to) { boxes[from].inside++; return; }
    const alone = single(boxes[from]) && single(boxes[to]);
    const key = alone ? `${i}.${k}` : `${from}>${to}`;
    const edge = edges.get(key);
    if (edge) edge.count++;
    else edges.set(key, { key, from, to, count: 1, alone, label: alone ? graph.edges[i][k] : "", idle: !(source in graph.adjoints) });
  }));
  const made = madeIn(graph, boxes, home);
  for (const [key, edge] of made) if (!edges.has(key)) edges.set(key, edge);
  for (const edge of edges.values()) {
    if (!edge.alone && edge.count) edge.label = plural(edge.count, "edge");
    if (edge.alone && edge.idle) edge.label = "";
    edge.w = Math.max(edge.label ? measure(edge.label) : 0, made.get(edge.key)?.w ?? 0);
  }
  const widest = adjointWidths(graph);
  boxes.forEach((box) => {
    box.lines = lines(graph, box);
    const width = Math.max(...box.lines.map(measure), single(box) ? widest[graph.order[box.start]] ?? 0 : 0);
    box.w = width + 22;
    box.h = 16 * box.lines.length + 10;
  });
  const list = [...edges.values()];
  graph.scene = { boxes, edges: list, home, size: layered(boxes, list) };
  return graph.scene;
}

/* The edges that the eliminations on show make, by the keys they are drawn under, so that the layout has room
   for them. None of them counts among the edges of the graph. */
function madeIn(graph, boxes, home) {
  const made = new Map();
  for (const run of new Set(panes.map((pane) => pane.run))) {
    if (DATA.graphs[run.graph] !== graph || !run.dropped) continue;
    const ever = new Map();
    for (const step of run.steps) {
      const [from, to] = makes(step) ? [home[step[SOURCE]], home[step[TARGET]]] : [0, 0];
      if (from === to) continue;
      const alone = single(boxes[from]) && single(boxes[to]);
      const key = alone ? keyOfMade(step) : `${from}>${to}`;
      const edge = made.get(key) ?? { key, from, to, count: 0, alone, label: " ", idle: false, made: true, w: 0 };
      ever.set(key, (ever.get(key) ?? new Set()).add(keyOfMade(step)));
      edge.w = Math.max(edge.w, measure(alone ? step[VALUE] : plural(graph.total + ever.get(key).size, "edge")));
      made.set(key, edge);
    }
  }
  return made;
}

const makes = (step) => step[KIND] === "b" || step[KIND] === "j";
const keyOfMade = (step) => `${step[SOURCE]}~${step[TARGET]}`;

function adjointWidths(graph) {
  if (graph.widths) return graph.widths;
  graph.widths = {};
  for (const run of DATA.runs) {
    if (DATA.graphs[run.graph] !== graph) continue;
    for (const step of run.steps) {
      if (makes(step)) continue;
      const width = measure(`✗ (∂ ${step[VALUE]}) + …`);
      graph.widths[step[NODE]] = Math.max(graph.widths[step[NODE]] ?? 0, width);
    }
  }
  return graph.widths;
}

/* ---- the state of a run */

/* After some steps: the number of walks over each edge, the steps whose numbers each node holds, the last step. */

function stateAt(run, done) {
  const walked = new Map();
  const held = new Map();
  const steps = run.steps;
  for (let t = 0; t < done; t++) {
    const step = steps[t];
    if (step[KIND] === "w") walked.set(keyOfWalk(step), (walked.get(keyOfWalk(step)) ?? 0) + 1);
    if (step[UNTIL] >= done && !makes(step) && !isDropped(run, step[NODE], done)) {
      const before = held.get(step[NODE]);
      if (before) before.push(step);
      else held.set(step[NODE], [step]);
    }
  }
  return { walked, held, now: done ? steps[done - 1] : null };
}

const keyOfWalk = (step) => (step[USER] < 0 ? keyOfMade(step) : `${step[USER]}.${step[INPUT]}`);
const isDropped = (run, i, done) => run.dropped !== null && i in run.dropped && run.dropped[i] <= done;

/* The edges that are left after some steps, with their derivatives: all, but in an elimination. There the edges
   of a dropped node are gone, and an edge made between two nodes replaces those that were there. */
function leftAfter(graph, run, done) {
  const made = new Map();
  if (run.dropped) for (const step of run.steps.slice(0, done)) if (makes(step)) made.set(keyOfMade(step), step);
  const left = new Map();
  graph.inputs.forEach((inputs, i) => inputs.forEach((source, k) => {
    if (!made.has(`${source}~${i}`) && !isDropped(run, i, done) && !isDropped(run, source, done)) left.set(`${i}.${k}`, graph.edges[i][k]);
  }));
  for (const [key, step] of made) {
    if (!isDropped(run, step[SOURCE], done) && !isDropped(run, step[TARGET], done)) left.set(key, step[VALUE]);
  }
  return left;
}

/* The number of a node, as text. A contribution that just arrived at a partial sum is not in it yet; the
   sentence above the graph tells it. */
function shown(steps) {
  const newest = steps.at(-1);
  const older = newest[KIND] === "w" && newest[LOOK] === "partial" && steps.findLast((step) => step !== newest && step[LOOK] === "partial");
  const step = older || newest;
  const sign = step[KIND] === "e" ? "now " : "∂ ";
  const text = { partial: `${sign}${step[VALUE]} + …`, passing: `(${sign}${step[VALUE]})`, complete: sign + step[VALUE] }[step[LOOK]];
  return { step, look: step[LOOK], text: step[KIND] === "e" ? sign + step[VALUE] : text };
}

function sentence(graph, run, done) {
  if (!done) return "Not started.";
  const step = run.steps[done - 1];
  const name = (i) => (graph.ops[i] ? `${graph.ops[i]} ${graph.names[i]}` : graph.names[i]);
  const here = name(step[NODE]);
  const gone = Object.keys(run.dropped ?? {}).filter((i) => run.dropped[i] === done && graph.kinds[i] !== "constant").map(name);
  const end = gone.length ? ` Drop ${gone.join(" and ")}.` : "";
  const [source, target] = [name(step[SOURCE]), name(step[TARGET])];
  if (step[KIND] === "w") {
    const key = keyOfWalk(step);
    const from = step[NODE] === step[SOURCE] ? target : source;
    return `Walk ${from} → ${here}: times ${leftAfter(graph, run, done - 1).get(key)} is ${step[VALUE]}.${end}`;
  }
  if (step[KIND] === "b") return `Bypass ${here}: the edge ${source} → ${target} past it is ${step[VALUE]}.${end}`;
  if (step[KIND] === "j") return `Join the edges ${source} → ${target}: their sum is ${step[VALUE]}.${end}`;
  if (step[KIND] === "m") return `Merge at ${here}: the sum is now ${step[VALUE]}.${end}`;
  if (step[KIND] === "s") return `Start at ${here} with ${step[VALUE]}.`;
  if (step[KIND] === "e") return `Evaluate ${here} again: ${step[VALUE]}.`;
  const what = { approximate: "approximate derivative", estimate: "estimated derivative" }[run.accuracy] ?? "derivative";
  return `The ${what} by ${here} is ${step[VALUE]}.`;
}
