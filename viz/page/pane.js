/* A pane shows one run on the drawing of its graph. */

class Pane {
  constructor(run, side) {
    this.select = element("select", { "aria-label": `${side} run` });
    DATA.runs.forEach((other, i) => {
      const graph = DATA.graphs[other.graph].name;
      const label = DATA.graphs.length > 1 ? `${graph}: ${other.method}` : other.method;
      this.select.append(element("option", { value: i }, label));
    });
    this.select.value = run;
    this.select.addEventListener("change", () => { fresh(); });
    this.state = element("span", { class: "state" });
    this.counters = element("dl", { class: "counters" });
    this.sentence = element("p", { class: "sentence" });
    this.stage = element("div", { class: "stage" });
    this.root = element("section", { class: "pane", "aria-label": `${side} run` },
      element("header", {}, this.select, this.state), this.counters, this.sentence, this.stage);
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
      drawn("desc", {}, `${plural(graph.size, "value")} and ${plural(graph.total, "edge")}, inputs left, the result right. Tab enters the graph; the arrow keys up and down move through its boxes.`));
    this.scale = scale;
    this.whole = null;
    this.edges = new Map();
    this.nodes = [];
    for (const edge of edges) {
      const group = drawn("g", { class: `edge${edge.idle && edge.alone ? " idle" : ""}${edge.made ? " made" : ""}` });
      const tip = boxes[edge.to].x;
      group.append(drawn("path", { d: edge.path }),
        drawn("path", { class: "head", d: `M${tip},${edge.toY}l-7,-3.5v7z` }));
      if (edge.label && edge.chain.length) {
        group.append(drawn("rect", { x: edge.lx - edge.w / 2, y: edge.ly - 7, width: edge.w, height: 14 }),
          drawn("text", { x: edge.lx, y: edge.ly + 4 }, edge.label));
      }
      group.dataset.key = edge.key;
      group.label = group.querySelector("text");
      this.edges.set(edge.key, group);
      svg.append(group);
    }
    boxes.forEach((box) => { const node = this.node(box); this.nodes.push(node); svg.append(node); });
    this.stage.replaceChildren(svg);
    this.enter(this.nodes.at(-1));
  }

  /* One node of the graph can be reached with Tab, the others from it with the arrow keys. */
  enter(node) {
    this.entry?.setAttribute("tabindex", -1);
    this.entry = node;
    node.setAttribute("tabindex", 0);
  }

  node(box) {
    const { graph } = this;
    const i = single(box) ? graph.order[box.start] : -1;
    const kind = i < 0 ? "folded" : graph.kinds[i];
    const opens = i < 0 || isTarget(graph, i);
    const group = drawn("g", {
      class: `node ${kind}${opens ? " opens" : ""}`, tabindex: -1, role: opens ? "button" : "img",
      "aria-label": box.lines.filter(Boolean).join(", ") + (i < 0 ? ": open" : opens ? ": show its paths" : `: ${kind}`),
      transform: `translate(${box.x},${box.y - box.h / 2})`,
    });
    const radius = { input: 7, computed: 14 }[kind] ?? 0;
    group.append(drawn("rect", { class: "shape", width: box.w, height: box.h, rx: radius }));
    if (kind === "result") group.append(drawn("rect", { class: "frame", x: 3, y: 3, width: box.w - 6, height: box.h - 6 }));
    box.lines.forEach((text, at) => {
      const role = at === 0 ? "what" : i >= 0 && at === 2 ? "adjoint" : "";
      group.append(drawn("text", { class: role, x: box.w / 2, y: 16 * at + 17 }, text));
    });
    group.adjoint = group.querySelector(".adjoint");
    const act = () => { if (i < 0) open(this, box); else if (opens) list(this, i, group); };
    group.addEventListener("click", act);
    group.addEventListener("keydown", (event) => {
      const at = this.nodes.indexOf(group);
      const next = { ArrowDown: this.nodes[at + 1], ArrowUp: this.nodes[at - 1] }[event.key];
      if (next) next.focus();
      else if (opens && (event.key === "Enter" || event.key === " ")) act();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    group.addEventListener("focus", () => this.enter(group));
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
    this.held = state.held;
    const totals = new Map();
    for (const [key, times] of state.walked) {
      const folded = this.keyOf(key);
      if (folded) totals.set(folded, (totals.get(folded) ?? 0) + times);
    }
    const lit = !state.now ? null : state.now[KIND] === "w" ? this.keyOf(keyOfWalk(state.now)) : makes(state.now) ? this.keyOf(keyOfMade(state.now)) : null;
    const left = this.left(at);
    const before = run.dropped && at ? this.left(at - 1) : left;
    for (const [key, group] of this.edges) {
      const text = left.get(key) ?? before.get(key);
      group.classList.toggle("gone", text === undefined);
      group.classList.toggle("leaving", text !== undefined && !left.has(key));
      if (group.label && text !== undefined) group.label.textContent = text;
      const times = totals.get(key) ?? 0;
      group.classList.toggle("walked", times > 0);
      group.classList.toggle("lit", key === lit);
      group.firstChild.style.strokeWidth = times && key !== lit ? `${Math.min(9, 1.4 + 0.8 * Math.log2(times + 1))}px` : "";
      group.dataset.walked = times;
    }
    const bad = new Set(run.wrong.filter((t) => t < at).map((t) => run.steps[t]));
    boxes.forEach((box, b) => {
      const group = this.nodes[b];
      group.classList.toggle("lit", state.now !== null && home[state.now[NODE]] === b);
      group.classList.remove("partial", "passing", "wrong");
      group.classList.toggle("dropped", single(box) && isDropped(run, graph.order[box.start], at));
      if (!single(box)) {
        const within = [...bad].filter((step) => home[step[NODE]] === b).length;
        group.classList.toggle("wrong", within > 0);
        group.querySelector(".what").textContent = within ? `✗ ${count(within)} wrong in ${box.lines[0]}` : box.lines[0];
        return;
      }
      if (!group.adjoint) return;
      const steps = state.held.get(graph.order[box.start]);
      if (!steps) { group.adjoint.textContent = ""; return; }
      const { text, look, step } = shown(steps);
      group.adjoint.textContent = bad.has(step) ? `✗ ∂ ${step[VALUE]}` : text;
      if (bad.has(step)) group.classList.add("wrong");
      else if (look !== "complete") group.classList.add(look);
    });
    const whole = run.steps.length;
    this.state.textContent = at < whole ? `step ${count(at)} of ${count(whole)}`
      : run.error ? `failed: ${run.error}` : run.cut ? `cut off after ${plural(whole, "step")}` : `done after ${plural(whole, "step")}${run.verdict ? `: ${run.verdict}` : ""}`;
    const first = [...bad].some((step) => step[NODE] === run.first);
    this.sentence.textContent = sentence(graph, run, at) + (first
      ? ` Going back from the result, the first wrong derivative is at ${graph.names[run.first]}: it should be ${graph.adjoints[run.first]}.` : "");
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

  /* What the edges drawn say after some steps: their derivatives, or how many edges are left of a bundle. */
  left(done) {
    if (!this.run.dropped && this.whole) return this.whole;  // no edge goes
    const drawn = new Map();
    const bundles = new Map();
    for (const [key, text] of leftAfter(this.graph, this.run, done)) {
      const there = this.keyOf(key);
      if (there === key) drawn.set(key, text);
      else if (there) bundles.set(there, (bundles.get(there) ?? 0) + 1);
    }
    for (const [key, n] of bundles) drawn.set(key, plural(n, "edge"));
    return this.whole = drawn;
  }

  keyOf(key) {
    if (this.edges.has(key)) return key;
    const { home } = scene(this.graph);
    const [user, k] = key.split(".").map(Number);
    const [source, target] = key.includes("~") ? key.split("~").map(Number) : [this.graph.inputs[user][k], user];
    const folded = `${home[source]}>${home[target]}`;
    return this.edges.has(folded) ? folded : null;
  }

  follow(group) {
    const [view, box] = [this.stage.getBoundingClientRect(), group.getBoundingClientRect()];
    if (box.left < view.left || box.right > view.right) this.stage.scrollLeft += box.left - view.left - (view.width - box.width) / 2;
    if (box.top < view.top || box.bottom > view.bottom) this.stage.scrollTop += box.top - view.top - (view.height - box.height) / 2;
  }
}

const isTarget = (graph, i) => (graph.listings ? i in graph.listings : graph.kinds[i] === "parameter");
