/* The examples of a live page: the plane with the answers, and the fields that change them. */

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
  learnExample.hidden = !points.count;
  shownExample.closest("label").hidden = !points.count;
  shownExample.max = points.count - 1;
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

function sendPoint(row, inputs = fields.slice(0, model.get("points").features).map((field) => field.value), label = target.value) {
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
    const near = one ? y : target.value;
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

