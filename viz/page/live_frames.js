/* Frames: draw each, and ask for the next. */

function show() {
  frame = JSON.parse(model.get("sent"));
  answered = frame.reply || answered;
  if (answered >= asked) clearTimeout(silence);
  frame.count = model.get("points").count ?? 0;
  const { update = 0, last = 0, first = 0 } = frame;
  slider.min = first;
  slider.max = last;
  slider.value = update;
  position.textContent = `update ${count(update)} of ${count(last)}`;
  alarm.textContent = frame.message ?? "";
  if (frame.message) stand();  // without a question, whose answer would take the message away
  const batch = typeof frame.batch === "number" && frame.count ? ` The last batch had a loss of ${digits(frame.batch)}.` : "";
  state.textContent = frame.loss === undefined ? "" : `The loss${frame.count ? ` of example ${frame.example}` : ""} is ${digits(frame.loss)}.${batch}`;
  paint();
  showWeight();
  drawPlane();
  if (frame.plane?.line) drawPoints();
  chooseExample();
  drawCurve();
  drawLedger();
  drawSettings();
  root.dataset.update = update;
  root.dataset.reply = frame.reply ?? 0;
  if (playing && answered >= asked) next();
}

edgesShow.addEventListener("change", () => { paint(); showWeight(); });
slider.addEventListener("change", () => go(Number(slider.value)));
slider.addEventListener("input", () => { position.textContent = `update ${count(Number(slider.value))} of ${count(frame.last)}`; });
speed.addEventListener("change", () => { if (playing) next(); });
root.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input, textarea")) return;
  if (event.key === " " && event.target.tagName !== "BUTTON") toggle();
  else if (event.key === "ArrowRight") $("forward").click();
  else if (event.key === "ArrowLeft") $("back").click();
  else if (event.key === "Escape") tip.hidden = true;
  else return;
  event.preventDefault();
});

readPalette();
const dark = matchMedia("(prefers-color-scheme: dark)");
const recolour = () => { readPalette(); drawPlane(); };
dark.addEventListener("change", recolour);
model.on("change:scene", redraw);
model.on("change:points", drawPoints);
model.on("change:sent", show);
model.on("change:page", showWalk);
frame = JSON.parse(model.get("sent"));
redraw();
drawPoints();
show();
const watch = new ResizeObserver(() => { if (drawing && viewport.scale === null) viewport.lay(); });
watch.observe(viewport.scroller);
return () => {
  pause();
  clearTimeout(silence);
  watch.disconnect();
  dark.removeEventListener("change", recolour);
  model.off("change:scene", redraw);
  model.off("change:points", drawPoints);
  model.off("change:sent", show);
  model.off("change:page", showWalk);
};
