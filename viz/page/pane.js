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
    this.sentence = element("p", { class: "sentence", role: "status" });
    this.viewport = new Viewport("right");
    this.root = element("section", { class: "pane", "aria-label": `${side} run` },
      element("header", {}, this.select, this.state, this.viewport.tools), this.counters, this.sentence, this.viewport.root);
  }

  get run() { return DATA.runs[Number(this.select.value)]; }
  get graph() { return DATA.graphs[this.run.graph]; }

  draw() {
    const { graph } = this;
    const { boxes, edges, size } = scene(graph);
    const svg = drawn("svg", { viewBox: `0 0 ${size.width} ${size.height}`, role: "group" });
    svg.append(drawn("title", {}, `Graph for the run of ${this.run.method}`),
      drawn("desc", {}, `${plural(graph.size, "value")} and ${plural(graph.total, "edge")}, inputs left, the result right. Tab enters the graph; the arrow keys up and down move through its boxes.`));
    this.whole = null;
    this.edges = new Map();
    this.roving = new Roving();
    for (const edge of edges) {
      const group = drawEdge(edge, boxes, `${edge.idle && edge.alone ? " idle" : ""}${edge.made ? " made" : ""}`);
      this.edges.set(edge.key, group);
      svg.append(group);
    }
    svg.append(...boxes.map((box) => this.node(box)));
    this.viewport.show(svg, size, boxes);
    this.roving.enter(this.nodes.at(-1));
  }

  get nodes() { return this.roving.nodes; }

  node(box) {
    const { graph } = this;
    const i = single(box) ? graph.order[box.start] : -1;
    const kind = i < 0 ? "folded" : graph.kinds[i];
    const opens = i < 0 || isTarget(graph, i);
    const group = drawBox(box, kind, {
      class: `node ${kind}${opens ? " opens" : ""}`, role: opens ? "button" : "img",
      "aria-label": box.lines.filter(Boolean).join(", ") + (i < 0 ? ": open" : opens ? ": show its paths" : `: ${kind}`),
    });
    this.roving.add(group, i < 0 ? () => open(this, box) : opens ? () => list(this, i, group) : null);
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
    if (state.now) this.viewport.follow(this.nodes[home[state.now[NODE]]]);
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
}

const isTarget = (graph, i) => (graph.listings ? i in graph.listings : graph.kinds[i] === "parameter");
