# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""The app, as marimo runs it: a page is chosen, its numbers are changed, and its answer is computed again."""

import marimo

app = marimo.App(width="full", app_title="whygrad lab")

with app.setup:
    import marimo as mo

    from lab.display import answered, fields_of
    from lab.practical import PAGES


@app.cell
def _():
    mo.md("# whygrad lab")


@app.cell
def _():
    choice = mo.ui.dropdown(list(PAGES), value=next(iter(PAGES)), label="page", full_width=True)
    choice
    return (choice,)


@app.cell
def _(choice):
    page = PAGES[choice.value or next(iter(PAGES))]
    fields = fields_of(page)
    mo.vstack(
        [
            mo.md(f"## {page.heading}\n\n{page.question}"),
            mo.hstack(list(fields.values()), wrap=True, justify="start"),
        ]
    )
    return fields, page


@app.cell
def _(fields, page):
    answered(page, fields.value)
    return


if __name__ == "__main__":
    app.run()
