/* The curve of the loss, the operations so far, the gradient step by step, and the settings. */

function drawCurve() {
  const points = frame.curve ?? [];
  const [width, height, left, bottom] = [320, 130, 40, 20];
  curve.replaceChildren();
  $("lossNote").textContent = frame.mean === undefined ? "" : `${digits(frame.mean)}${frame.count ? " over all examples" : ""}`;
  const numbers = [];
  for (let i = 0; i < points.length; i += 2) if (Number.isFinite(points[i + 1])) numbers.push([points[i], points[i + 1]]);
  const most = numbers.reduce((a, [, y]) => Math.max(a, y), 0) || 1;
  const last = Math.max(1, frame.last ?? 1);
  const at = ([x, y]) => [left + ((width - left - 6) * x) / last, 8 + (height - bottom - 8) * (1 - y / most)];
  for (const [y, text] of [[0, "0"], [most, digits(Number(most.toPrecision(2)))]]) {
    curve.append(drawn("text", { x: left - 5, y: at([0, y])[1] + 4, class: "axis end" }, text), drawn("path", { class: "rule", d: `M${left},${at([0, y])[1]}H${width - 6}` }));
  }
  curve.append(drawn("text", { x: left, y: height - 5, class: "axis start" }, "update 0"), drawn("text", { x: width - 6, y: height - 5, class: "axis end" }, count(last)));
  if (numbers.length) curve.append(drawn("polyline", { class: "line", points: numbers.map((point) => at(point).map((x) => x.toFixed(1)).join()).join(" ") }));
  curve.append(drawn("path", { class: "now", d: `M${at([frame.update ?? 0, 0])[0]},4V${height - bottom}` }));
  const ends = numbers.length ? `: ${digits(numbers[0][1])} at first, ${digits(numbers.at(-1)[1])} in the end` : "";
  curve.setAttribute("aria-label", `The loss before each update, up to update ${count(last)}${ends}`);
}

function drawLedger() {
  const { ledger: found, settings: chosenSettings } = frame;
  ledger.replaceChildren();
  if (!found?.all) {
    ledger.append(element("p", { class: "note" }, frame.update === frame.first ? "Counted from the first update on." : "The operations of this training are not counted: four examples take over 50,000 products, or the model works on whole arrays only."));
    return;
  }
  const method = chosenSettings?.method?.[0] ?? "backprop";
  const longest = Math.max(...Object.values(found.logs));
  const list = element("table", {}, element("thead", {}, element("tr", {}, ...["gradients by", "this update", "all updates"].map((text, i) => element("th", { scope: "col", ...(i ? {} : { class: "left" }) }, text)))));
  const body = element("tbody");
  for (const name of ["paths", "backprop"]) {
    const bar = element("div", { class: `bar ${name}` });
    bar.style.width = `${(100 * found.logs[name]) / longest}%`;
    body.append(element("tr", { class: name === method ? "used" : "" }, element("th", { scope: "row" }, SAID[name]), element("td", { id: `each-${name}` }, found.each[name]), element("td", { id: `all-${name}` }, found.all[name])),
      element("tr", { class: "bars", "aria-hidden": "true" }, element("td", { colspan: 3 }, bar)));
  }
  list.append(body);
  ledger.append(list, element("p", { class: "note" }, `The naive way takes ${found.times} times the operations; the bars are on a logarithmic scale. ${method === "paths" ? "The updates are computed naively." : "The updates are computed by backprop."}`));
}

/* The run of backprop beside the path sum, on the graph of the example shown, as the report shows runs. */
function showWalk() {
  const page = model.get("page");
  walked.hidden = !page.html;
  walked.replaceChildren();
  if (!page.html) return;
  const inner = element("div");
  walked.append(button("close", "close", () => { walked.hidden = true; stepThrough.focus(); }), inner);
  walkIn(inner, page);
  walked.firstChild.focus({ preventScroll: true });
  walked.scrollIntoView({ block: "nearest" });
}

/* ---- settings */

const inputs = new Map();
function drawSettings() {
  for (const [name, [value, choices]] of Object.entries(frame.settings ?? {})) {
    let input = inputs.get(name);
    if (!input) {
      input = choices.length ? element("select", { id: `set-${name.replace(" ", "-")}` }) : element("input", { id: `set-${name.replace(" ", "-")}`, ...(name === "layers" ? { type: "text", size: 7, spellcheck: "false" } : { type: "number", step: name === "rate" ? 0.01 : 1, min: 0 }) });
      input.addEventListener("change", () => {
        ask("change", { name, value: input.type === "number" && input.value !== "" ? Number(input.value) : input.value });
      });
      inputs.set(name, input);
      settings.append(labelled(TITLES[name] ?? name, input));
    }
    if (choices.length && input.children.length !== choices.length) input.replaceChildren(...choices.map((choice) => element("option", { value: choice }, SAID[choice] ?? choice)));
    if (root.getRootNode().activeElement !== input) input.value = value;
  }
  for (const [name, input] of inputs) input.closest("label").hidden = !(name in (frame.settings ?? {}));
}

