/* Folding, and stepping through the runs. */

function changed(graph, start, pane = panes.find((other) => other.graph === graph)) {
  hush();
  $("refusal").textContent = "";
  graph.scene = null;
  for (const other of panes) if (other.graph === graph) other.draw();
  refold();
  show(position);
  const next = scene(graph).boxes.findIndex((box) => box.start >= start);
  if (next >= 0) pane.nodes[next].focus({ preventScroll: true });
}

function open(pane, box) {
  const { graph } = pane;
  const drawing = visible(graph).length - 1 + box.parts.length;
  if (drawing > DATA.limit) {
    $("refusal").textContent = `This would draw ${count(drawing)} boxes, over the limit of ${count(DATA.limit)}: fold another box first.`;
    return;
  }
  graph.open.add(box.id);
  changed(graph, box.start, pane);
}

const called = (graph, box) => (box.name || `${graph.names[graph.order[box.start]]} … ${graph.names[graph.order[box.end - 1]]}`) + (box.times > 1 ? `  × ${box.times}` : "");

function close(graph, box) {
  for (const other of graph.boxes) if (other.start >= box.start && other.end <= box.end && other.id >= box.id) graph.open.delete(other.id);
  changed(graph, box.start);
}

function refold() {
  const bar = $("folding");
  bar.replaceChildren();
  for (const graph of new Set(panes.map((pane) => pane.graph))) {
    const { boxes, edges } = scene(graph);
    const nodes = boxes.filter(single).length;
    const between = edges.reduce((sum, edge) => sum + edge.count, 0);
    const folded = boxes.length - nodes;
    const named = DATA.graphs.length > 1 ? `${graph.name}: ` : "";
    bar.append(element("span", {}, folded
      ? `${named}${count(nodes)} of ${plural(graph.size, "value")} drawn, the other ${count(graph.size - nodes)} in ${plural(folded, "box", "boxes")}; ` +
        `${count(between)} of ${plural(graph.total, "edge")} between them, ${count(graph.total - between)} inside`
      : `${named}all ${plural(graph.size, "value")} and ${plural(graph.total, "edge")} drawn`));
    if (graph.whole.parts.every((box) => !box.parts.length)) continue;
    const opened = graph.boxes.filter((box) => box.within && graph.open.has(box.id) && (box.name || box.times > 1 || graph.size > DATA.limit));
    for (const box of opened) {
      const button = element("button", { type: "button" }, `fold ${called(graph, box)}`);
      button.addEventListener("click", () => close(graph, box));
      bar.append(button);
    }
    if (folded && graph.size <= DATA.limit) {
      const button = element("button", { type: "button" }, "open all");
      button.addEventListener("click", () => { for (const box of graph.boxes) if (box.parts.length) graph.open.add(box.id); changed(graph, 0); });
      bar.append(button);
    }
  }
}

/* ---- stepping */

const panes = [];
let position = 0;
let timer = null;
const longest = () => Math.max(...panes.map((pane) => pane.run.steps.length));

function show(step) {
  position = Math.max(0, Math.min(longest(), step));
  for (const pane of panes) pane.show(position);
  $("slider").max = longest();
  $("slider").value = position;
  $("position").textContent = `step ${count(position)} of ${count(longest())}`;
  if (position === longest()) pause();
  hush();
}

function pause() {
  clearInterval(timer);
  timer = null;
  $("play").textContent = "play";
  speak(true);
}

/* Whether screen readers read each step out: not while it plays. */
function speak(aloud) {
  for (const told of [$("position"), ...panes.map((pane) => pane.sentence)]) {
    told.setAttribute("aria-live", aloud ? "polite" : "off");
    if (aloud) told.textContent += "";  // read out where it stopped
  }
}

function play() {
  if (timer !== null) { pause(); return; }
  if (position === longest()) show(0);
  speak(false);
  $("play").textContent = "pause";
  timer = setInterval(() => show(position + 1), 1000 / Number($("speed").value));
}

function fresh() {
  if (!panes.some((pane) => pane.graph === listed)) $("listing").hidden = true;
  for (const graph of DATA.graphs) graph.scene = null;  // it has room for the edges that the runs shown make
  for (const pane of panes) pane.draw();
  refold();
  show(Math.min(position, longest()));
  tell();
}

function tell() {
  const graphs = [...new Set(panes.map((pane) => pane.graph))].map((graph) =>
    `${graph.name} = ${graph.data.at(-1)}: ${plural(graph.size, "value")}, ${plural(graph.total, "edge")} and ` +
    `${graph.paths} ${graph.paths === "1" ? "path" : "paths"} from the values it is differentiated by.`);
  $("lead").textContent = `${graphs.join(" ")} Step through ${panes.length > 1 ? "two runs side by side" : "the run"}.`;
  $("notes").textContent = [...new Set(panes.flatMap((pane) => pane.graph.notes))].join("; ");
}

function legend(kinds) {
  for (const kind of KINDS.filter((name) => kinds.has(name))) {
    const sample = drawn("svg", { width: 30, height: 18, viewBox: "0 0 30 18", "aria-hidden": "true" });
    const group = drawn("g", { class: kind });
    group.append(drawn("rect", { class: "shape", x: 2, y: 2, width: 26, height: 14, rx: { input: 4, computed: 7 }[kind] ?? 0 }));
    if (kind === "result") group.append(drawn("rect", { class: "frame", x: 4.5, y: 4.5, width: 21, height: 9 }));
    sample.append(group);
    $("legend").append(element("li", {}, sample, kind));
  }
  for (const [sign, meaning] of [["∂ 2 + …", "partial: more will be added"], ["(∂ 2)", "passing through, then dropped"], ["∂ 2", "complete"], ["✗ ∂ 2", "complete but wrong"]]) {
    $("legend").append(element("li", {}, element("b", {}, sign), ` ${meaning}`));
  }
  if (!DATA.runs.some((run) => run.dropped)) return;
  for (const [look, meaning] of [["made", "edge made by an elimination"], ["leaving", "edge that the step removes"]]) {
    const sample = drawn("svg", { width: 30, height: 18, viewBox: "0 0 30 18", "aria-hidden": "true" });
    const group = drawn("g", { class: `edge ${look}` });
    group.append(drawn("path", { d: "M1,9H29" }));
    sample.append(group);
    $("legend").append(element("li", {}, sample, meaning));
  }
}

function breadth() { return $("player").clientWidth; }

function start() {
  $("player").hidden = false;
  const last = DATA.runs.length - 1;
  for (const [side, run] of last ? [["first", 0], ["second", last]] : [["the", 0]]) {
    const pane = new Pane(run, side);
    panes.push(pane);
    $("panes").append(pane.root);
  }
  const wide = Math.max(...panes.map((pane) => scene(pane.graph).size.width));
  const flat = Math.max(...panes.map((pane) => scene(pane.graph).size.height));
  if (panes.length < 2 || wide * 0.8 > breadth() / 2 && wide > 2 * flat) $("arrangement").value = "below";
  arrangeAs();
  const kinds = new Set(DATA.graphs.flatMap((graph) => graph.kinds));
  if (DATA.graphs.some((graph) => graph.size > DATA.limit || graph.boxes.some((box) => box.times > 1))) kinds.add("folded");
  legend(kinds);
  fresh();
}

function arrangeAs() {
  $("arrangement").closest("label").hidden = panes.length < 2;
  $("panes").classList.toggle("below", $("arrangement").value === "below");
}

$("first").addEventListener("click", () => { pause(); show(0); });
$("back").addEventListener("click", () => { pause(); show(position - 1); });
$("play").addEventListener("click", play);
$("forward").addEventListener("click", () => { pause(); show(position + 1); });
$("last").addEventListener("click", () => { pause(); show(longest()); });
$("slider").addEventListener("input", () => { pause(); show(Number($("slider").value)); });
$("speed").addEventListener("change", () => { if (timer !== null) { pause(); play(); } });
$("arrangement").addEventListener("change", () => { arrangeAs(); fresh(); });
let width = breadth();
let redraw = null;
new ResizeObserver(() => {
  if (breadth() === width) return;  // a phone changes the height when it hides its address bar
  width = breadth();
  clearTimeout(redraw);
  redraw = setTimeout(() => {
    const at = panes.map((pane) => pane.nodes.indexOf(root.activeElement));
    fresh();
    panes.forEach((pane, p) => pane.nodes[at[p]]?.focus({ preventScroll: true }));
  }, 150);
}).observe($("player"));
(root.host ?? root).addEventListener("keydown", (event) => {
  const [target] = event.composedPath();
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select, input, .scroll")) return;
  const act = { ArrowRight: () => show(position + 1), ArrowLeft: () => show(position - 1), Home: () => show(0), End: () => show(longest()) }[event.key];
  if (act) { pause(); act(); event.preventDefault(); }
  else if (event.key === " " && target.tagName !== "BUTTON") { play(); event.preventDefault(); }
  else if (event.key === "Escape") hush();
});
start();
