"""Read formulas written for people back as Python expressions."""

import math
import re
import unicodedata

from autograd.rules.primitive import TABLE

FUNCTIONS = {name: getattr(math, name) for name in ("exp", "log", "sin", "cos", "tanh", "sqrt")} | {
    "abs": abs,
    "max": max,
    "min": min,
    **{name: TABLE[name].forward for name in ("relu", "softplus", "sigmoid")},
}


def from_text(formula):
    """Plain text as Python: 2 · x₁² is 2 * x1**2, and x̅₁ is x_bar1."""
    for written, python in (("·", "*"), ("²", "**2"), ("^", "**"), ("√", "sqrt"), ("σ", "sigmoid")):
        formula = formula.replace(written, python)
    return unicodedata.normalize("NFKC", formula.replace("\N{COMBINING OVERLINE}", "_bar"))


def from_latex(formula):
    r"""LaTeX as Python: \frac{x_1}{2} is ((x1)/(2)), and \bar{x}_1 is x_bar1."""
    for written, python in (
        (r"\left|", "abs("),
        (r"\right|", ")"),
        (r"\left", ""),
        (r"\right", ""),
        (r"\cdot", "*"),
        ("^2", "**2"),
        (r"\sigma", "sigmoid"),
    ):
        formula = formula.replace(written, python)
    formula = re.sub(r"\\bar\{(\w)\}", r"\1_bar", formula)
    formula = re.sub(r"_(?:(\d)|\{(\d+)\})", r"\1\2", formula)
    while "{" in formula:
        before = formula
        formula = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", formula)
        formula = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", formula)
        formula = re.sub(r"\\operatorname\{(\w+)\}", r"\1", formula)
        formula = re.sub(r"\^\{([^{}]*)\}", r"**(\1)", formula)
        assert formula != before, f"braces without a meaning: {formula}"
    return formula.replace("\\", "")


def value(python, names):
    """Evaluate a formula with numbers for its names."""
    return eval(python, {"__builtins__": {}}, FUNCTIONS | names)  # noqa: S307 (our own formula)


def balanced(latex):
    """Whether every unescaped brace is closed."""
    depth = 0
    for brace in re.findall(r"[{}]", re.sub(r"\\[\\{}]", "", latex)):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
