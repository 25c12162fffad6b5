"""A page that holds the widget of `viz.live`, with the kernel in this process: no server, no notebook."""

from __future__ import annotations

from contextlib import contextmanager

from tests.viz.browser import Page

HOST = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>live</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { margin: 0; } @media (prefers-color-scheme: dark) { body { background: #111; } }</style>
</head><body><div id="host"></div><script type="module">
const source = new Blob([await window.source()], { type: "text/javascript" });
const widget = (await import(URL.createObjectURL(source))).default;
let state = await window.state();
const heard = new Map();
const model = {
  get: (name) => structuredClone(state[name]),
  on: (event, act) => heard.set(event, act),
  off: (event) => heard.delete(event),
  async send(message) {
    const before = state;
    state = await window.ask(message);
    for (const name of ["scene", "points", "sent", "page"]) {
      if (JSON.stringify(state[name]) !== JSON.stringify(before[name])) heard.get(`change:${name}`)?.();
    }
  },
};
window.stop = widget.render({ model, el: document.getElementById("host") });
window.ready = true;
</script></body></html>"""


class LivePage(Page):
    """A widget in a page."""

    def __init__(self, page, path, view):
        self.view = view
        names = [name for name in ("scene", "points", "sent", "page") if view.has_trait(name)]

        def state():
            return {name: getattr(view, name) for name in names}

        def ask(message):
            view.receive(message)
            return state()

        page.expose_function("source", lambda: str(view._esm))
        page.expose_function("state", state)
        page.expose_function("ask", ask)
        super().__init__(page, path)
        page.wait_for_function("window.ready")

    def choose(self, name, value):
        """Set a field or a list, and leave it."""
        field = self.page.locator(f"#{name}")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(str(value))
            field.press("Tab")

    def settled(self):
        """Wait until every request is answered and drawn."""
        self.page.wait_for_timeout(30)
        self.wait_until(
            lambda: int(self.page.locator(".live").get_attribute("data-update")) == self.view.trainer.updates
        )

    def number(self, name):
        """The text of the data in the box with a name."""
        return self.lines(name)[1]

    def lines(self, name):
        """The texts in the box with a name."""
        box = self.page.locator("g.node").filter(has=self.page.locator("text.what", has_text=name))
        return box.first.locator("text").all_text_contents()


@contextmanager
def hosted(browser, folder, view, width=1280, height=900, scheme="light"):
    """Open a widget in a page; fail if it logs a message or requests anything but itself."""
    path = folder / "live.html"
    path.write_text(HOST, encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        page = LivePage(context.new_page(), path, view)
        yield page
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith("blob:")] == [path.as_uri()]
    finally:
        context.close()
