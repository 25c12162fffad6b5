/* A network that learns: the kernel sends its numbers, and this page draws them and asks for the next.
   place: an element to fill; model: of anywidget, with scene, points, sent and page, which the kernel sets. */
const SHAPES = ["circle", "square", "triangle", "diamond"];
const COLOURS = 6;
const PATIENCE = 5000;  // milliseconds until the page says that the kernel is silent
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
let silence = null;

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
  clearTimeout(silence);
  silence = setTimeout(() => {
    alarm.textContent = "The kernel has not answered yet: it is busy, or there is none. What is shown is the last state.";
  }, PATIENCE);
  // A notebook whose kernel is gone throws, or answers with a promise that fails.
  (async () => model.send({ ask: asked, do: what, ...details }))().catch(() => {
    clearTimeout(silence);
    stand();
    alarm.textContent = "There is no kernel any more: run the cell again to go on. What is shown is the last state.";
  });
}

/* ---- the parts of the page */

const button = (text, label, act, id) => {
  const made = element("button", { type: "button", title: label, ...(/[a-z]/.test(text) ? {} : { "aria-label": label }), ...(id ? { id } : {}) }, text);
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
const state = element("p", { class: "sentence", id: "state", role: "status" });
const viewport = new Viewport("left");
const shownExample = element("input", { id: "example", type: "number", min: 0, value: 0, "aria-label": "number of the example shown" });
const edgesShow = element("select", { id: "edges", "aria-label": "edges show" }, element("option", { value: "weights" }, "weights"), element("option", { value: "gradients" }, "gradients"));
const tip = element("div", { class: "tip", id: "told", role: "tooltip", hidden: "" });
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
  element("form", { class: "fields", id: "tableForm" }, labelled("own data as CSV, the target last; names of classes are numbered in order", table, "tall"),
    element("button", { type: "submit" }, "use this data")));
const learnExample = button("learn this example", "one update by the example shown", () => act("example"), "learn");
const controls = element("div", { class: "controls", role: "toolbar", "aria-label": "training" },
  button("|◀", "back to the first update", () => go(frame.first), "first"), button("◀", "one update back", () => go(frame.update - 1), "back"), play,
  button("▶", "one update on", () => (frame.update < frame.last ? go(frame.update + 1) : act("advance", { updates: 1 })), "forward"),
  button("▶|", "to the latest update", () => go(frame.last), "last"), slider, position, learnExample, labelled("speed", speed));
const root = element("div", { class: "live", tabindex: -1, role: "group", "aria-label": "a network that learns" },
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
  speak(false);
  next();
}

function pause() {
  if (playing) ask("rest");
  stand();
}

function stand() {
  playing = false;
  clearTimeout(timer);
  play.textContent = "play";
  speak(true);
}

/* Whether screen readers read the numbers out: not while it plays, when they change many times a second. */
function speak(aloud) {
  for (const told of [position, state]) told.setAttribute("aria-live", aloud ? "polite" : "off");
}

/* Ask for the next frame, once the one before is drawn. */
function next() {
  const [, updates, wait] = SPEEDS[Number(speed.value)];
  clearTimeout(timer);
  timer = setTimeout(() => { if (playing) ask("advance", { updates }); }, wait);
}

