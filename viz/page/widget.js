/* A place to draw in, inside a cell of a notebook: apart from the notebook's styles and its keys. */
function within(el, style) {
  el.dataset.lmSuppressShortcuts = "true";  // of JupyterLab, whose keys would otherwise act on the cell
  const shadow = el.attachShadow({ mode: "open" });
  const sheet = document.createElement("style");
  sheet.textContent = style;
  const place = element("div");
  shadow.append(sheet, place);
  for (const event of ["keydown", "keyup", "keypress"]) place.addEventListener(event, (found) => found.stopPropagation());
  return place;
}
