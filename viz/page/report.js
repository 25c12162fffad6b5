/* The page: two runs in lock-step on the drawing of their graph. All text enters the page as text. */
(function () {
  const DATA = JSON.parse(document.getElementById("data").textContent);
  const NS = "http://www.w3.org/2000/svg";
  const KINDS = ["input", "parameter", "constant", "computed", "result", "folded"];
  const COUNTERS = ["multiplications", "additions", "partials", "forward", "multiply-adds", "forward multiply-adds"];
  // A step as it comes: kind, node, user, which input, value, partial, until, then the counters.
  const [KIND, NODE, USER, INPUT, VALUE, PARTIAL, UNTIL, COST] = [0, 1, 2, 3, 4, 5, 6, 7];
  const $ = (id) => document.getElementById(id);
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

  /* ---- graphs, and which of their boxes are open */

  for (const graph of DATA.graphs) {
    graph.size = graph.names.length;
    graph.total = graph.inputs.reduce((sum, inputs) => sum + inputs.length, 0);
    graph.boxes = [];
    const number = (tree, within) => {
      const [name, start, end, paths, parts] = tree;
      const box = { id: graph.boxes.length, name, start, end, paths, within };
      graph.boxes.push(box);
      box.parts = parts.map((part) => number(part, box));
      if (!parts.length && end - start > 1) {  // it unfolds into its values
        for (let at = start; at < end; at++) box.parts.push({ id: -1, name: "", start: at, end: at + 1, paths: "", within: box, parts: [] });
      }
      return box;
    };
    graph.whole = number(graph.tree, null);
    const small = graph.size <= DATA.limit;
    graph.open = new Set(small ? graph.boxes.filter((box) => box.parts.length).map((box) => box.id) : [0]);
  }

  function visible(graph) {
    const found = [];
    const look = (box) => (graph.open.has(box.id) ? box.parts.forEach(look) : found.push(box));
    look(graph.whole);
    return found;
  }

  const single = (box) => box.end - box.start === 1;

  function lines(graph, box) {
    if (!single(box)) {
      return [box.name || "folded", plural(box.end - box.start, "value"), plural(box.inside, "edge"),
              box.paths === "1" ? "1 path from here" : `${box.paths} paths from here`];
    }
    const i = graph.order[box.start];
    if (graph.kinds[i] === "constant") return [graph.data[i]];
    const what = graph.ops[i] ? `${graph.ops[i]}  ${graph.names[i]}` : graph.names[i];
    return i in graph.adjoints ? [what, graph.data[i], ""] : [what, graph.data[i]];
  }

  /* The boxes and edges to draw, laid out. Kept until a box is opened or closed. */
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
    for (const edge of edges.values()) {
      if (!edge.alone) edge.label = plural(edge.count, "edge");
      if (edge.alone && edge.idle) edge.label = "";
      edge.w = edge.label ? measure(edge.label) : 0;
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

  function adjointWidths(graph) {
    if (graph.widths) return graph.widths;
    graph.widths = {};
    for (const run of DATA.runs) {
      if (DATA.graphs[run.graph] !== graph) continue;
      for (const step of run.steps) {
        const width = measure(`(∂ ${step[VALUE]}) + …`);
        graph.widths[step[NODE]] = Math.max(graph.widths[step[NODE]] ?? 0, Math.min(width, 190));
      }
    }
    return graph.widths;
  }

  /* ---- what a run has done by a step */

  function stateAt(run, done) {
    const walked = new Map();
    const held = new Map();
    const steps = run.steps;
    for (let t = 0; t < done; t++) {
      const step = steps[t];
      if (step[KIND] === "w") {
        const key = `${step[USER]}.${step[INPUT]}`;
        walked.set(key, (walked.get(key) ?? 0) + 1);
      }
      if (step[UNTIL] >= done) {
        const before = held.get(step[NODE]);
        if (before) before.push(step);
        else held.set(step[NODE], [step]);
      }
    }
    return { walked, held, now: done ? steps[done - 1] : null };
  }

  function shown(run, standing) {
    const newest = standing.at(-1);
    const sign = newest[KIND] === "e" ? "now " : "∂ ";
    if (newest[PARTIAL]) {
      const older = newest[KIND] === "w" && standing.findLast((step) => step !== newest && step[PARTIAL]);
      return { text: `${sign}${older ? older[VALUE] + " + " : ""}${newest[VALUE]} + …`, look: "partial" };
    }
    if (newest[UNTIL] < run.steps.length) return { text: `(${sign}${newest[VALUE]})`, look: "passing" };
    return { text: sign + newest[VALUE], look: "complete", step: newest };
  }

  const numbers = (text) => (text.match(/-?(\d+\.?\d*(e[+-]?\d+)?|inf|nan)/g) ?? []).map((t) => Number(t.replace("inf", "Infinity")));

  function wrong(graph, run, step) {
    if (run.approximate || run.cut || !(step[NODE] in graph.adjoints) || step[KIND] === "e") return false;
    const [got, right] = [numbers(step[VALUE]), numbers(graph.adjoints[step[NODE]])];
    return got.length !== right.length ||
      got.some((x, i) => !(Object.is(x, right[i]) || Math.abs(x - right[i]) <= 2e-3 * Math.max(1e-300, Math.abs(right[i]))));
  }

  function saying(graph, run, done) {
    if (!done) return "Nothing done yet.";
    const step = run.steps[done - 1];
    const name = (i) => (graph.ops[i] ? `${graph.ops[i]} ${graph.names[i]}` : graph.names[i]);
    const here = name(step[NODE]);
    if (step[KIND] === "w") {
      const source = graph.inputs[step[USER]][step[INPUT]];
      const from = step[NODE] === source ? step[USER] : source;
      return `Walk ${name(from)} → ${here}: times ${graph.edges[step[USER]][step[INPUT]]} is ${step[VALUE]}.`;
    }
    if (step[KIND] === "m") return `Merge at ${here}: added to what was there, ${step[VALUE]}.`;
    if (step[KIND] === "s") return `Start at ${here} with ${step[VALUE]}.`;
    if (step[KIND] === "e") return `Evaluate ${here} again: ${step[VALUE]}.`;
    return `The derivative by ${here} is ${step[VALUE]}.`;
  }

  /* ---- panes */

  class Pane {
    constructor(run) {
      this.select = element("select", { "aria-label": "run" });
      DATA.runs.forEach((other, i) => {
        const graph = DATA.graphs[other.graph].name;
        const label = DATA.graphs.length > 1 ? `${graph}: ${other.method}` : other.method;
        this.select.append(element("option", { value: i }, label));
      });
      this.select.value = run;
      this.select.addEventListener("change", () => { fresh(); });
      this.state = element("span", { class: "state" });
      this.counters = element("dl", { class: "counters" });
      this.words = element("p", { class: "saying" });
      this.stage = element("div", { class: "stage" });
      this.root = element("section", { class: "pane" },
        element("header", {}, this.select, this.state), this.counters, this.words, this.stage);
    }

    get run() { return DATA.runs[Number(this.select.value)]; }
    get graph() { return DATA.graphs[this.run.graph]; }

    draw() {
      const { graph } = this;
      const { boxes, edges, size } = scene(graph);
      const available = this.stage.clientWidth || 600;
      const scale = Math.min(1.15, Math.max(0.75, available / size.width));
      const svg = drawn("svg", {
        viewBox: `0 0 ${size.width} ${size.height}`, width: size.width * scale, height: size.height * scale, role: "group",
      });
      svg.append(drawn("title", {}, `Graph for the run of ${this.run.method}`),
        drawn("desc", {}, `${plural(graph.size, "value")} and ${plural(graph.total, "edge")}, inputs left, the result right. Each box can be reached with Tab.`));
      this.scale = scale;
      this.edges = new Map();
      this.nodes = [];
      for (const edge of edges) {
        const group = drawn("g", { class: edge.idle && edge.alone ? "edge idle" : "edge" });
        const tip = boxes[edge.to].x;
        group.append(drawn("path", { d: edge.path }),
          drawn("path", { class: "head", d: `M${tip},${edge.toY}l-7,-3.5v7z` }));
        if (edge.label) {
          group.append(drawn("rect", { x: edge.lx - edge.w / 2, y: edge.ly - 7, width: edge.w, height: 14 }),
            drawn("text", { x: edge.lx, y: edge.ly + 4 }, edge.label));
        }
        this.edges.set(edge.key, group);
        svg.append(group);
      }
      boxes.forEach((box) => { const node = this.node(box); this.nodes.push(node); svg.append(node); });
      this.stage.replaceChildren(svg);
    }

    node(box) {
      const { graph } = this;
      const i = single(box) ? graph.order[box.start] : -1;
      const kind = i < 0 ? "folded" : graph.kinds[i];
      const opens = i < 0 || asked(graph, i);
      const group = drawn("g", {
        class: `node ${kind}${opens ? " opens" : ""}`, tabindex: 0, role: opens ? "button" : "img",
        "aria-label": box.lines.filter(Boolean).join(", ") + (i < 0 ? ": open" : opens ? ": show its paths" : `: ${kind}`),
        transform: `translate(${box.x},${box.y - box.h / 2})`,
      });
      const radius = { input: 7, computed: 14 }[kind] ?? 0;
      group.append(drawn("rect", { class: "shape", width: box.w, height: box.h, rx: radius }));
      if (kind === "result") group.append(drawn("rect", { class: "frame", x: 3, y: 3, width: box.w - 6, height: box.h - 6 }));
      box.lines.forEach((text, at) => {
        const look = at === 0 ? "what" : i >= 0 && at === 2 ? "adjoint" : "";
        group.append(drawn("text", { class: look, x: box.w / 2, y: 16 * at + 17 }, text));
      });
      group.adjoint = group.querySelector(".adjoint");
      const act = () => { if (i < 0) open(graph, box); else if (opens) list(this, i); };
      group.addEventListener("click", act);
      group.addEventListener("keydown", (event) => { if (event.key === "Enter") { act(); event.preventDefault(); } });
      group.addEventListener("pointerenter", () => explain(this, box, group));
      group.addEventListener("focus", () => explain(this, box, group));
      group.addEventListener("pointerleave", hush);
      group.addEventListener("blur", hush);
      return group;
    }

    show(done) {
      const { run, graph } = this;
      const at = Math.min(done, run.steps.length);
      const { boxes, home } = scene(graph);
      const state = stateAt(run, at);
      this.at = at;
      this.standing = state.held;
      const totals = new Map();
      for (const [key, times] of state.walked) {
        const folded = this.keyOf(key);
        if (folded) totals.set(folded, (totals.get(folded) ?? 0) + times);
      }
      const lit = state.now && state.now[KIND] === "w" ? this.keyOf(`${state.now[USER]}.${state.now[INPUT]}`) : null;
      for (const [key, group] of this.edges) {
        const times = totals.get(key) ?? 0;
        group.classList.toggle("walked", times > 0);
        group.classList.toggle("lit", key === lit);
        group.firstChild.style.strokeWidth = times && key !== lit ? `${Math.min(9, 1.4 + 0.8 * Math.log2(times + 1))}px` : "";
        group.dataset.walked = times;
      }
      let found = null;
      boxes.forEach((box, b) => {
        const group = this.nodes[b];
        const here = state.now !== null && home[state.now[NODE]] === b;
        group.classList.toggle("lit", here);
        group.classList.remove("partial", "passing", "wrong");
        if (!group.adjoint) return;
        const standing = state.held.get(graph.order[box.start]);
        if (!standing) { group.adjoint.textContent = ""; return; }
        const { text, look, step } = shown(run, standing);
        const bad = step && wrong(graph, run, step);
        group.adjoint.textContent = bad ? `✗ ${text}` : text;
        group.classList.toggle("wrong", Boolean(bad));
        if (look !== "complete") group.classList.add(look);
        if (bad && (!found || step[UNTIL] < 0 || run.steps.indexOf(step) < run.steps.indexOf(found))) found = step;
      });
      const whole = run.steps.length;
      this.state.textContent = at < whole ? `step ${count(at)} of ${count(whole)}`
        : run.error ? `failed: ${run.error}` : run.cut ? `shown up to here: cut off after ${plural(whole, "step")}` : `done after ${plural(whole, "step")}`;
      this.words.textContent = saying(graph, run, at) + (found ? ` The first wrong derivative is that by ${graph.names[found[NODE]]}: it should be ${graph.adjoints[found[NODE]]}.` : "");
      this.count(state.now, at === whole);
      if (state.now) this.follow(this.nodes[home[state.now[NODE]]]);
    }

    count(now, finished) {
      const { run } = this;
      const cost = now ? now.slice(COST) : COUNTERS.map(() => 0);
      this.counters.replaceChildren();
      COUNTERS.forEach((name, c) => {
        const ever = run.cost ? run.cost[c] : run.steps.at(-1)?.[COST + c];
        if (c > 1 && !ever) return;
        const left = run.cost && (run.cut || !finished) && cost[c] !== run.cost[c];
        const end = left ? ` of ${count(run.cost[c])}` : "";
        this.counters.append(element("div", {}, element("dt", {}, name), element("dd", { "data-counter": name }, count(cost[c]) + end)));
      });
    }

    keyOf(key) {
      if (this.edges.has(key)) return key;
      const { home } = scene(this.graph);
      const [user, k] = key.split(".").map(Number);
      const folded = `${home[this.graph.inputs[user][k]]}>${home[user]}`;
      return this.edges.has(folded) ? folded : null;
    }

    follow(group) {
      const [view, box] = [this.stage.getBoundingClientRect(), group.getBoundingClientRect()];
      if (box.left < view.left || box.right > view.right) this.stage.scrollLeft += box.left - view.left - (view.width - box.width) / 2;
      if (box.top < view.top || box.bottom > view.bottom) this.stage.scrollTop += box.top - view.top - (view.height - box.height) / 2;
    }
  }

  const asked = (graph, i) => (graph.listings ? i in graph.listings : graph.kinds[i] === "parameter");

  /* ---- what stands beside the graph */

  function explain(pane, box, group) {
    const { graph } = pane;
    const rows = [];
    if (single(box)) {
      const i = graph.order[box.start];
      rows.push(["name", graph.names[i]]);
      if (graph.ops[i]) rows.push(["operation", graph.ops[i]]);
      rows.push(["data", graph.data[i]]);
      if (i in graph.adjoints) rows.push(["adjoint", graph.adjoints[i]]);
      const standing = pane.standing?.get(i);
      if (standing) rows.push(["in this run, now", shown(pane.run, standing).text]);
      graph.inputs[i].forEach((source, k) => rows.push([`derivative by ${graph.names[source]}`, graph.edges[i][k]]));
      rows.push(["made at", graph.origins[i] || "not noted: record within autograd.source_lines()"]);
    } else {
      rows.push(["box", box.name || "values computed together"], ["holds", `${plural(box.end - box.start, "value")}, ${plural(box.inside, "edge")}`],
        ["paths that start here", box.paths], ["open it", "click, or Enter"]);
    }
    const list = element("dl");
    for (const [term, text] of rows) list.append(element("dt", {}, term), element("dd", {}, text));
    const tip = $("tip");
    tip.replaceChildren(list);
    tip.hidden = false;
    const [at, size] = [group.getBoundingClientRect(), tip.getBoundingClientRect()];
    const below = at.bottom + 8 + size.height < innerHeight;
    tip.style.left = `${Math.max(6, Math.min(innerWidth - size.width - 6, at.left + at.width / 2 - size.width / 2))}px`;
    tip.style.top = `${Math.max(6, below ? at.bottom + 8 : at.top - size.height - 8)}px`;
  }

  function hush() { $("tip").hidden = true; }

  function list(pane, i) {
    const { graph } = pane;
    const found = graph.listings?.[i];
    const section = $("listing");
    section.hidden = false;
    section.replaceChildren(element("h2", {}, `The derivative of ${graph.name} by ${graph.names[i]}: ${graph.adjoints[i] ?? "0"}`));
    if (!found) {
      section.append(element("p", {}, `Paths are listed one by one in graphs of up to ${count(DATA.limit)} values.`));
      return;
    }
    const naive = element("ol");
    let walked = 0;
    for (const [product, path] of found.paths) {
      walked += path.length;
      const factors = path.map(([user, k]) => graph.edges[user][k]).join(" · ");
      const nodes = [graph.names.length - 1, ...path.map(([user, k]) => graph.inputs[user][k])].map((n) => graph.names[n]).join(" → ");
      const item = element("li", { tabindex: 0 }, `${nodes}: ${factors ? factors + " = " : ""}${product}`);
      const keys = path.map(([user, k]) => `${user}.${k}`);
      for (const event of ["pointerenter", "focus"]) item.addEventListener(event, () => mark(graph, keys));
      for (const event of ["pointerleave", "blur"]) item.addEventListener(event, () => mark(graph, []));
      naive.append(item);
    }
    const rest = count(found.paths.length) === found.count ? "" : ` The first ${count(found.paths.length)} are listed.`;
    const factored = element("ul");
    for (const text of found.factored) factored.append(element("li", {}, text));
    section.append(element("div", { class: "columns" },
      element("div", {}, element("h3", {}, `Naively: the sum over ${found.count} ${found.count === "1" ? "path" : "paths"}`),
        element("p", { class: "note" }, `The product of the local derivatives along each, from the result on: ${plural(walked, "edge")} walked.${rest}`), naive),
      element("div", {}, element("h3", {}, "The same sum, factored as backprop does it"),
        element("p", { class: "note" }, `Where paths meet they are added up first, and walked on as one: ${plural(found.edges, "edge")} walked.`), factored)));
    section.scrollIntoView({ block: "nearest" });
  }

  function mark(graph, keys) {
    for (const pane of panes) {
      if (pane.graph !== graph) continue;
      const chosen = new Set(keys.map((key) => pane.keyOf(key)));
      for (const [key, group] of pane.edges) group.classList.toggle("shown", chosen.has(key));
    }
  }

  /* ---- folding */

  function changed(graph, id) {
    graph.scene = null;
    for (const pane of panes) if (pane.graph === graph) pane.draw();
    refold();
    show(position);
    const pane = panes.find((other) => other.graph === graph);
    const next = pane && id !== undefined ? scene(graph).boxes.findIndex((box) => box.start >= id) : -1;
    if (next >= 0) pane.nodes[next].focus({ preventScroll: true });
  }

  function open(graph, box) {
    const drawing = visible(graph).length - 1 + box.parts.length;
    if (drawing > DATA.limit) {
      $("folding").prepend(element("p", { class: "warning" }, `That would draw ${count(drawing)} boxes, more than ${count(DATA.limit)}: fold another one first.`));
      return;
    }
    graph.open.add(box.id);
    hush();
    changed(graph, box.start);
  }

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
      const opened = graph.boxes.filter((box) => box.within && graph.open.has(box.id) && (box.name || graph.size > DATA.limit));
      for (const box of opened) {
        const name = box.name || `values ${count(box.start + 1)}–${count(box.end)}`;
        const button = element("button", { type: "button" }, `fold ${name}`);
        button.addEventListener("click", () => close(graph, box));
        bar.append(button);
      }
      if (folded && graph.size <= DATA.limit) {
        const button = element("button", { type: "button" }, "open all");
        button.addEventListener("click", () => { for (const box of graph.boxes) if (box.parts.length) graph.open.add(box.id); changed(graph); });
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
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    $("play").textContent = "play";
    for (const pane of panes) pane.words.setAttribute("role", "status");
  }

  function play() {
    if (timer !== null) { pause(); return; }
    for (const pane of panes) pane.words.removeAttribute("role");
    if (position === longest()) show(0);
    $("play").textContent = "pause";
    timer = setInterval(() => show(position + 1), 1000 / Number($("speed").value));
  }

  function fresh() {
    for (const pane of panes) pane.draw();
    refold();
    show(Math.min(position, longest()));
    tell();
  }

  function tell() {
    const told = [...new Set(panes.map((pane) => pane.graph))].map((graph) =>
      `${graph.name} = ${graph.data.at(-1)}: ${plural(graph.size, "value")}, ${plural(graph.total, "edge")}, and ` +
      `${graph.paths} ${graph.paths === "1" ? "path" : "paths"} to it from the values it is differentiated by.`);
    $("lead").textContent = `${told.join(" ")} Step through two runs, side by side.`;
    const graph = panes[0].graph;
    $("notes").textContent = graph.notes.join("; ");
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
    for (const [sign, meaning] of [["∂ 2 + …", "partial: more is added later"], ["(∂ 2)", "carried along, and let go"], ["∂ 2", "complete"], ["✗ ∂ 2", "complete, and wrong"]]) {
      $("legend").append(element("li", {}, element("b", {}, sign), ` ${meaning}`));
    }
  }

  function start() {
    $("player").hidden = false;
    for (const run of [0, DATA.runs.length - 1]) {
      const pane = new Pane(run);
      panes.push(pane);
      $("panes").append(pane.root);
    }
    const wide = Math.max(...panes.map((pane) => scene(pane.graph).size.width));
    const flat = Math.max(...panes.map((pane) => scene(pane.graph).size.height));
    if (wide * 0.8 > innerWidth / 2 && wide > 2 * flat) $("arrangement").value = "below";
    arrangeAs();
    const kinds = new Set(DATA.graphs.flatMap((graph) => graph.kinds));
    if (DATA.graphs.some((graph) => graph.size > DATA.limit)) kinds.add("folded");
    legend(kinds);
    fresh();
  }

  function arrangeAs() { $("panes").classList.toggle("below", $("arrangement").value === "below"); }

  $("first").addEventListener("click", () => { pause(); show(0); });
  $("back").addEventListener("click", () => { pause(); show(position - 1); });
  $("play").addEventListener("click", play);
  $("forward").addEventListener("click", () => { pause(); show(position + 1); });
  $("last").addEventListener("click", () => { pause(); show(longest()); });
  $("slider").addEventListener("input", () => { pause(); show(Number($("slider").value)); });
  $("speed").addEventListener("change", () => { if (timer !== null) { pause(); play(); } });
  $("arrangement").addEventListener("change", () => { arrangeAs(); fresh(); });
  addEventListener("resize", () => { clearTimeout(addEventListener.wait); addEventListener.wait = setTimeout(fresh, 150); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|INPUT)$/.test(event.target.tagName)) return;
    const act = { ArrowRight: () => show(position + 1), ArrowLeft: () => show(position - 1), Home: () => show(0), End: () => show(longest()) }[event.key];
    if (act) { pause(); act(); event.preventDefault(); }
    else if (event.key === " " && event.target.tagName !== "BUTTON") { play(); event.preventDefault(); }
    else if (event.key === "Escape") hush();
  });
  start();
})();
