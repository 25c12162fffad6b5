/* The box that explains a node under the pointer, and the list of a value's paths below the graphs. */

function explain(pane, box, group) {
  const { graph } = pane;
  const rows = [];
  if (single(box)) {
    const i = graph.order[box.start];
    rows.push(["name", graph.names[i]]);
    if (graph.ops[i]) rows.push(["operation", graph.ops[i]]);
    rows.push(["data", graph.data[i]]);
    if (i in graph.adjoints) rows.push(["adjoint", graph.adjoints[i]]);
    const steps = pane.held?.get(i);
    if (steps) rows.push(["now, in this run", shown(steps).text]);
    graph.inputs[i].forEach((source, k) => rows.push([`derivative by ${graph.names[source]}`, graph.edges[i][k]]));
    const origin = graph.origins.lines[graph.origins.of[i]];
    if (origin) rows.push(["source line", origin]);
  } else {
    rows.push(["box", called(graph, box)], ["holds", `${plural(box.end - box.start, "value")}, ${plural(box.inside, "edge")}`],
      ["paths that start here", box.paths], ["to open", "click or press Enter"]);
  }
  const list = element("dl");
  for (const [term, text] of rows) list.append(element("dt", {}, term), element("dd", {}, text));
  const tip = $("tip");
  tip.replaceChildren(list);
  tip.hidden = false;
  group.setAttribute("aria-describedby", "tip");
  const [at, size] = [group.getBoundingClientRect(), tip.getBoundingClientRect()];
  const below = at.bottom + 8 + size.height < innerHeight;
  tip.style.left = `${Math.max(6, Math.min(innerWidth - size.width - 6, at.left + at.width / 2 - size.width / 2))}px`;
  tip.style.top = `${Math.max(6, below ? at.bottom + 8 : at.top - size.height - 8)}px`;
}

function hush() { $("tip").hidden = true; }

function list(pane, i, node) {
  hush();
  const { graph } = pane;
  const found = graph.listings?.[i];
  const section = $("listing");
  section.hidden = false;
  listed = graph;
  const heading = element("h2", { tabindex: -1 }, `The derivative of ${graph.name} by ${graph.names[i]}: ${graph.adjoints[i] ?? "0"}`);
  const done = element("button", { type: "button" }, "close");
  const place = pane.nodes.indexOf(node);
  done.addEventListener("click", () => { section.hidden = true; pane.nodes[place]?.focus(); });  // drawn again, perhaps
  section.replaceChildren(heading, done);
  heading.focus({ preventScroll: true });
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
      element("p", { class: "note" }, `One product of local derivatives for each path, from the result back: ${plural(walked, "edge")} walked.${rest}`), naive),
    element("div", {}, element("h3", {}, "The same sum, factored by backprop"),
      element("p", { class: "note" }, `Paths that meet are summed first and walked on as one: ${plural(found.edges, "edge")} walked.`), factored)));
  section.scrollIntoView({ block: "nearest" });
}

let listed = null;

/* Mark the edges of a path in all panes of its graph. */
function mark(graph, keys) {
  for (const pane of panes) {
    if (pane.graph !== graph) continue;
    const chosen = new Set(keys.map((key) => pane.keyOf(key)));
    for (const [key, group] of pane.edges) group.classList.toggle("shown", chosen.has(key));
  }
}
