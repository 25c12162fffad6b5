"""Read formulas written for people back as Python expressions."""

import math
import re
import unicodedata

from autograd.rules.elementary import sinc_of
from autograd.rules.primitive import TABLE
from autograd.rules.special import FAMILIES, member
from tests.cases import POINTS

FUNCTIONS = {
    **{name: row.forward for name, row in TABLE.items() if name in POINTS},
    **{name: lambda *inputs, name=name: member(name, *inputs[:-1]).forward(inputs[-1]) for name in FAMILIES},
    "sinc_derivative": lambda order, x: sinc_of(order).forward(x),
    "sqrt": math.sqrt,
    "max": max,
    "min": min,
}
SIGNS = {
    "·": "*",
    "²": "**2",
    "^": "**",
    "√": "sqrt",
    "∛": "cbrt",
    "σ": "sigmoid",
    "lnΓ": "gammaln",
    "Γ": "gamma",
    "ψ": "digamma",
    "Φ": "ndtr",
    "ζ": "zeta",
}
# Longer pieces come before their parts.
LATEX_FUNCTIONS = {
    r"\left\lfloor\frac": "floor_div",
    r"\right\rfloor": "",
    r"\log\Phi": "log_ndtr",
    r"\Phi^{-1}": "ndtri",
    r"\Phi": "ndtr",
    r"\ln\Gamma": "gammaln",
    r"\Gamma": "gamma",
    r"\psi": "digamma",
    r"\ln\mathrm{B}": "betaln",
    r"\mathrm{B}": "beta",
    r"\log_2": "log2",
    r"\log_{10}": "log10",
    r"\operatorname{erf}^{-1}": "erfinv",
    r"\operatorname{erfc}^{-1}": "erfcinv",
    r"\operatorname{Ei}": "expi",
    "E_1": "exp1",
    **{f"{name[0].upper()}_{name[1]}": name for name in ("j0", "j1", "y0", "y1", "i0", "i1", "k0", "k1")},
}


def from_text(formula):
    """Plain text as Python: 2 · x₁² is 2 * x1**2, and x̅₁ is x_bar1."""
    for written, python in SIGNS.items():
        formula = formula.replace(written, python)
    return unicodedata.normalize("NFKC", formula.replace("\N{COMBINING OVERLINE}", "_bar"))


def from_latex(formula):
    r"""LaTeX as Python: \frac{x_1}{2} is ((x1)/(2)), and \bar{x}_1 is x_bar1."""
    for written, python in (
        *LATEX_FUNCTIONS.items(),
        (r"\left|", "abs("),
        (r"\right|", ")"),
        (r"\left", ""),
        (r"\right", ""),
        (r"\cdot", "*"),
        (r"\bmod", "%"),
        (r"\_", "_"),
        ("^2", "**2"),
        (r"\sigma", "sigmoid"),
    ):
        formula = formula.replace(written, python)
    formula = re.sub(r"\\bar\{(\w)\}", r"\1_bar", formula)
    formula = re.sub(r"_(?:(\d)|\{(\d+)\})", r"\1\2", formula)
    while "{" in formula:
        before = formula
        formula = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", formula)
        formula = re.sub(r"\\sqrt\[3\]\{([^{}]*)\}", r"cbrt(\1)", formula)
        formula = re.sub(r"floor_div\{([^{}]*)\}\{([^{}]*)\}", r"((\1)//(\2))", formula)
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
