/* A layered drawing (Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
   structures", 1981): every box has a rank, and edges lead from left to right. An edge reserves a place among
   the boxes of every rank that it crosses or has its label in, so that nothing overlaps.

   boxes: {w, h}, each after the boxes that feed it. edges: {from, to, label, w}, w the width of the label.
   open: the room between two columns of boxes, in which edges go straight on; 0 reserves a place for each edge.
   Sets x (left) and y (middle) of the boxes; path, lx and ly (middle of the label) of the edges.
   Returns the size of the drawing. */
function layered(boxes, edges, open = 0) {
  const rank = ranks(boxes, edges);
  // Beyond this number of places nobody can follow an edge: then long edges are drawn without places.
  const spans = edges.reduce((sum, edge) => sum + rank[edge.to] - rank[edge.from], 0);
  const far = open ? 0 : spans > 12000 ? 8 : Infinity;
  const items = boxes.map((box, i) => ({ rank: rank[i], h: box.h, w: box.w, box: i, up: [], down: [] }));
  for (const edge of edges) {
    edge.chain = [];
    let before = items[edge.from];
    const target = items[edge.to];
    for (let r = before.rank + 1; r < target.rank && target.rank - rank[edge.from] <= far; r++) {
      const label = r === target.rank - 1 && edge.label;
      const item = { rank: r, h: label ? 14 : 4, w: label ? edge.w : 0, box: -1, up: [], down: [] };
      items.push(item);
      edge.chain.push(item);
      before.down.push(item);
      item.up.push(before);
      before = item;
    }
    before.down.push(target);
    target.up.push(before);
  }
  const columns = [];
  for (const item of items) (columns[item.rank] ??= []).push(item);
  for (let r = 0; r < columns.length; r++) columns[r] ??= [];
  arrange(columns);
  settle(columns);
  return place(boxes, edges, items, columns, open);
}

/* Boxes have even ranks, labels the odd ranks between. A box stands as near to its users as possible
   without making its own edges longer. */
function ranks(boxes, edges) {
  const rank = boxes.map(() => 0);
  const into = boxes.map(() => []);
  const out = boxes.map(() => []);
  for (const edge of edges) {
    into[edge.to].push(edge.from);
    out[edge.from].push(edge.to);
  }
  boxes.forEach((_, i) => { for (const j of into[i]) rank[i] = Math.max(rank[i], rank[j] + 2); });
  for (let i = boxes.length - 1; i >= 0; i--) {
    if (!out[i].length) continue;
    const held = new Set(into[i].filter((j) => into[j].length || new Set(out[j]).size > 1));
    if (held.size <= new Set(out[i]).size) rank[i] = Math.min(...out[i].map((j) => rank[j])) - 2;
  }
  const least = rank.reduce((a, b) => Math.min(a, b), Infinity);
  return rank.map((r) => r - least);
}

/* Order the columns: sort each by the mean place of its neighbours, sweeping back and forth. */
function arrange(columns) {
  const numbered = (column) => column.forEach((item, at) => { item.at = at; });
  columns.forEach(numbered);
  let best = null;
  let fewest = Infinity;
  for (let sweep = 0; sweep < 24; sweep++) {
    const onward = sweep % 2 === 0;
    const order = onward ? columns.keys() : [...columns.keys()].reverse();
    for (const r of order) {
      for (const item of columns[r]) {
        const near = onward ? item.up : item.down;
        item.wish = near.length ? near.reduce((sum, other) => sum + other.at, 0) / near.length : item.at;
      }
      columns[r].sort((a, b) => a.wish - b.wish || a.at - b.at);
      numbered(columns[r]);
    }
    const crossed = crossings(columns);
    if (crossed < fewest) {
      fewest = crossed;
      best = columns.map((column) => [...column]);
    }
    if (!crossed) break;
  }
  best.forEach((column, r) => { columns[r] = column; numbered(column); });
}

function crossings(columns) {
  let count = 0;
  for (const column of columns) {
    // The places where edges to the next column end, sorted by where they start: a crossing is an inversion.
    const ends = column.flatMap((item) => item.down.map((other) => other.at).sort((a, b) => a - b));
    const tree = new Array(ends.reduce((a, b) => Math.max(a, b), 0) + 2).fill(0);
    ends.forEach((end, seen) => {
      let below = 0;
      for (let i = end + 1; i > 0; i -= i & -i) below += tree[i];
      count += seen - below;
      for (let i = end + 1; i < tree.length; i += i & -i) tree[i]++;
    });
  }
  return count;
}

/* Set the heights: move each item towards the mean of its neighbours, as far as its column allows. */
function settle(columns) {
  for (const column of columns) {
    let y = 0;
    for (const item of column) { item.y = y; y += item.h + 12; }
  }
  for (let sweep = 0; sweep < 30; sweep++) {
    const order = sweep % 2 ? [...columns.keys()].reverse() : [...columns.keys()];
    for (const r of order) {
      const column = columns[r];
      for (const item of column) {
        const near = sweep > 24 ? [...item.up, ...item.down] : sweep % 2 ? item.down : item.up;
        item.weight = near.length ? (item.box < 0 ? 4 : 1) : 0.05;
        item.wish = near.length ? near.reduce((sum, other) => sum + other.y, 0) / near.length : item.y;
      }
      apart(column);
    }
  }
}

/* The heights nearest to the wishes at which nothing overlaps: isotonic regression, pooling items that collide. */
function apart(column) {
  const pools = [];
  let offset = 0;
  column.forEach((item, i) => {
    if (i) offset += (column[i - 1].h + item.h) / 2 + (column[i - 1].box < 0 && item.box < 0 ? 5 : 11);
    item.offset = offset;
    let pool = { sum: (item.wish - offset) * item.weight, weight: item.weight, items: [item] };
    while (pools.length && pools.at(-1).sum / pools.at(-1).weight > pool.sum / pool.weight) {
      const before = pools.pop();
      pool = { sum: before.sum + pool.sum, weight: before.weight + pool.weight, items: [...before.items, ...pool.items] };
    }
    pools.push(pool);
  });
  for (const pool of pools) for (const item of pool.items) item.y = pool.sum / pool.weight + item.offset;
}

function place(boxes, edges, items, columns, open) {
  const top = items.reduce((least, item) => Math.min(least, item.y - item.h / 2), Infinity) - 8;
  const bottom = items.reduce((most, item) => Math.max(most, item.y + item.h / 2), -Infinity) + 8 - top;
  let x = 8;
  columns.forEach((column, r) => {
    const width = column.reduce((most, item) => Math.max(most, item.w), r % 2 ? open : 0);
    for (const item of column) { item.x = x + (width - item.w) / 2; item.left = x; item.right = x + width; item.y -= top; }
    x += width + (r % 2 ? 22 : 12);
  });
  items.slice(0, boxes.length).forEach((item, i) => { boxes[i].x = item.x; boxes[i].y = item.y; });
  // Edges at the same side of a box keep a little apart, in the order of their other ends.
  const ports = (side, other) => {
    const ends = boxes.map(() => []);
    edges.forEach((edge) => ends[edge[side]].push(edge));
    ends.forEach((found, i) => {
      found.sort((a, b) => other(a) - other(b));
      const gap = Math.min(7, (boxes[i].h - 10) / Math.max(1, found.length));
      found.forEach((edge, at) => { edge[side + "Y"] = boxes[i].y + (at - (found.length - 1) / 2) * gap; });
    });
  };
  ports("from", (edge) => (edge.chain[0] ?? items[edge.to]).y);
  ports("to", (edge) => (edge.chain.at(-1) ?? items[edge.from]).y);
  for (const edge of edges) {
    const from = boxes[edge.from];
    let [px, py] = [from.x + from.w, edge.fromY];
    let path = `M${px.toFixed(1)},${py.toFixed(1)}`;
    const curve = (cx, cy) => {
      const middle = ((px + cx) / 2).toFixed(1);
      path += `C${middle},${py.toFixed(1)} ${middle},${cy.toFixed(1)} ${cx.toFixed(1)},${cy.toFixed(1)}`;
      [px, py] = [cx, cy];
    };
    for (const item of edge.chain) {
      curve(item.left, item.y);
      path += `H${item.right.toFixed(1)}`;
      px = item.right;
    }
    curve(boxes[edge.to].x - 1, edge.toY);
    edge.path = path;
    const label = edge.chain.at(-1);
    if (label) { edge.lx = label.x + label.w / 2; edge.ly = label.y; }
  }
  return { width: x, height: bottom };
}
