/* A place to draw in, inside a cell of a notebook: apart from the notebook's styles and its keys. */
function within(el) {
  el.dataset.lmSuppressShortcuts = "true";  // of JupyterLab, whose keys would otherwise act on the cell
  const place = element("div");
  for (const event of ["keydown", "keyup", "keypress"]) el.addEventListener(event, (found) => found.stopPropagation());
  el.replaceChildren(place);
  return place;
}

/* A shadow root of a place, with styles in it. */
function shadowOf(place, ...styles) {
  const shadow = place.attachShadow({ mode: "open" });
  for (const style of styles) shadow.append(element("style", {}, style));
  return shadow;
}

/* The report on recorded runs, in a place. Its elements come from the kernel, which has escaped all text. */
function walkIn(place, page) {
  const shadow = shadowOf(place, STYLE, ".within { outline: none; } :host { display: block; background: var(--paper); color: var(--ink); padding: .6rem .8rem; border-radius: .5rem; font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; } h1 { font-size: 1.2rem; }");
  const template = element("template");
  template.innerHTML = page.html;
  // A click brings the keys here. On the place itself, the index would take all controls out of Tab's order.
  const inner = element("div", { class: "within", tabindex: -1, role: "group", "aria-label": "steps of a gradient" });
  inner.append(template.content);
  shadow.append(inner);
  report(shadow, page.data);
}
