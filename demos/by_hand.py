"""The gradients of a 2-4-2 network by hand: by ỹ, W_y and b_y, then by h, h̃, W_h and b_h."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from autograd.differentiation.methods.finite_difference import central_slope
from demos.page.data_sets import circles
from demos.page.lesson import Lesson
from demos.page.parts import Part, Table, Verbatim
from nn import MLP, one_hot

__all__ = [
    "LESSON",
    "HandGradients",
    "answer",
    "by_differences",
    "by_engine",
    "by_formula",
    "forward",
    "measure",
    "tell",
]

Array = NDArray[np.float64]
# Step of the central differences: it balances their truncation error against rounding.
STEP = float(np.finfo(np.float64).eps ** (1 / 3))
# Two computations that differ by no more than this differ by rounding.
ROUNDING = 1e-12

FORWARD = """\
h̃ = X W_hᵀ + b_h        N × n_h     one row per example
h = tanh(h̃)             N × n_h
ỹ = h W_yᵀ + b_y        N × n_y     the logits
ŷ = softmax(ỹ)          N × n_y     row by row
ℓ = −c Σ_n Σ_i y_ni log ŷ_ni        c = 1 for the sum over the examples, 1/N for their mean"""

BY_LOGITS = """\
ℓ = −Σ_i y_i log ŷ_i                                one example
  = −Σ_i y_i (ỹ_i − log Σ_j exp ỹ_j)                log of softmax
  = −Σ_i y_i ỹ_i + (Σ_i y_i) log Σ_j exp ỹ_j
∂ℓ/∂ỹ_k = −y_k + (Σ_i y_i) exp ỹ_k / Σ_j exp ỹ_j
        = −y_k + (Σ_i y_i) ŷ_k
        = ŷ_k − y_k                                 since Σ_i y_i = 1
∇ỹ = c (ŷ − y)          N × n_y                     all examples, one row each"""

BY_OUTPUT_LAYER = """\
ỹ_nk = Σ_j h_nj W_kj + b_k                          W, b are W_y, b_y
∂ℓ/∂W_kj = Σ_n ∂ℓ/∂ỹ_nk · ∂ỹ_nk/∂W_kj               every example uses the same W
         = Σ_n ∂ℓ/∂ỹ_nk · h_nj
∂ℓ/∂b_k  = Σ_n ∂ℓ/∂ỹ_nk
∇W_y = (∇ỹ)ᵀ h          n_y × n_h                   the shape of W_y
∇b_y = 1ᵀ ∇ỹ            n_y                         sum over the rows"""

BY_HIDDEN_LAYER = """\
∂ℓ/∂h_nj = Σ_k ∂ℓ/∂ỹ_nk · W_kj                      every output uses h_j: add up the paths
∇h = ∇ỹ W_y             N × n_h
∂h/∂h̃ = 1 − tanh²(h̃) = 1 − h²                       element by element
∇h̃ = ∇h ⊙ (1 − h²)      N × n_h
h̃ = X W_hᵀ + b_h                                    the same form as ỹ, hence
∇W_h = (∇h̃)ᵀ X          n_h × n_x
∇b_h = 1ᵀ ∇h̃            n_h"""

PROGRAM = """\
g_logits = c * (y_hat - y)
g_W_y, g_b_y = g_logits.T @ h, g_logits.sum(axis=0)
g_h_tilde = (g_logits @ W_y) * (1 - h**2)
g_W_h, g_b_h = g_h_tilde.T @ X, g_h_tilde.sum(axis=0)"""


@dataclass(frozen=True, slots=True)
class ExampleSignal:
    """The error signal of one example.

    Attributes:
        target: its class.
        logits: ỹ (n_y,).
        y_hat: ŷ (n_y,), the probabilities.
        y: (n_y,), the one-hot target.
    """

    target: int
    logits: Array
    y_hat: Array
    y: Array


@dataclass(frozen=True, slots=True)
class HandGradients:
    """The gradients by the formulas, and how far two other computations are from them.

    Attributes:
        examples: N, over which the loss is averaged.
        sizes: n_x, n_h and n_y.
        formula: the gradient by each array, in the shape of that array.
        engine: for each name, the greatest difference between the engine's gradient and the formula.
        differences: for each name, the greatest difference between central differences and the formula.
        row_sum: greatest magnitude among the sums of the rows of ∇ỹ, which are 0 in exact arithmetic.
        first: the error signal of the first example.
    """

    examples: int
    sizes: tuple[int, int, int]
    formula: dict[str, Array]
    engine: dict[str, float]
    differences: dict[str, float]
    row_sum: float
    first: ExampleSignal


# ---- measurement ----------------------------------------------------------------------------------


def measure(seed: int = 0, *, examples: int = 100) -> HandGradients:
    """Compute the gradients by the formulas, by the engine and by central differences.

    Args:
        seed: of the points and of the weights.
        examples: how many points of two rings to take.

    Raises:
        ValueError: two gradients by the same array differ in shape.
    """
    data = circles(examples, seed)
    x, y = data.inputs, one_hot(data.targets, 2)
    network = MLP([2, 4, 2], seed=seed)
    weights = [p.data.copy() for layer in network.layers for p in (layer.weight, layer.bias)]
    formula = by_formula(x, y, *weights)
    engine = by_engine(x, y, *weights)
    differences = by_differences(x, y, *weights)
    return HandGradients(
        examples=examples,
        sizes=(x.shape[1], weights[0].shape[0], y.shape[1]),
        formula=formula,
        engine={name: _distance(formula[name], engine[name]) for name in formula},
        differences={name: _distance(formula[name], differences[name]) for name in formula},
        row_sum=float(np.abs(formula["ỹ"].sum(axis=1)).max()),
        first=example_signal(x[:1], y[0], weights),
    )


def forward(x: Array, w_h: Array, b_h: Array, w_y: Array, b_y: Array) -> tuple[Array, Array, Array]:
    """Compute h̃ (N, n_h), h (N, n_h) and ỹ (N, n_y)."""
    h_tilde = x @ w_h.T + b_h
    h = np.tanh(h_tilde)
    return h_tilde, h, h @ w_y.T + b_y


def by_formula(x: Array, y: Array, w_h: Array, b_h: Array, w_y: Array, b_y: Array) -> dict[str, Array]:
    """The gradients of the mean cross-entropy by ỹ, W_y, b_y, h, h̃, W_h and b_h, from the formulas alone.

    Args:
        x: inputs (N, n_x).
        y: one-hot targets (N, n_y).
        w_h: (n_h, n_x).
        b_h: (n_h,).
        w_y: (n_y, n_h).
        b_y: (n_y,).

    Returns:
        One gradient per name, each in the shape of its array.
    """
    _, h, logits = forward(x, w_h, b_h, w_y, b_y)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    y_hat = exponentials / exponentials.sum(axis=1, keepdims=True)
    g_logits = (y_hat - y) / len(x)
    g_h = g_logits @ w_y
    g_h_tilde = g_h * (1 - h**2)
    return {
        "ỹ": g_logits,
        "W_y": g_logits.T @ h,
        "b_y": g_logits.sum(axis=0),
        "h": g_h,
        "h̃": g_h_tilde,
        "W_h": g_h_tilde.T @ x,
        "b_h": g_h_tilde.sum(axis=0),
    }


def by_engine(x: Array, y: Array, w_h: Array, b_h: Array, w_y: Array, b_y: Array) -> dict[str, Array]:
    """The gradients of `by_formula`, from the engine: backward sets them on leaves and interior nodes.

    Softmax and the loss are written out, because the fused loss contains one of the formulas under test.
    """
    weights = {
        "W_h": Tensor(w_h, name="W_h"),
        "b_h": Tensor(b_h, name="b_h"),
        "W_y": Tensor(w_y, name="W_y"),
        "b_y": Tensor(b_y, name="b_y"),
    }
    h_tilde = x @ weights["W_h"].T + weights["b_h"]
    h = np.tanh(h_tilde)
    logits = h @ weights["W_y"].T + weights["b_y"]
    exponentials = np.exp(logits)
    y_hat = exponentials / np.sum(exponentials, axis=1, keepdims=True)
    loss = -np.sum(y * np.log(y_hat)) / len(x)
    loss.backward()
    nodes: dict[str, Any] = {"ỹ": logits, "h": h, "h̃": h_tilde, **weights}
    return {name: node.grad for name, node in nodes.items()}


def by_differences(x: Array, y: Array, w_h: Array, b_h: Array, w_y: Array, b_y: Array) -> dict[str, Array]:
    """The gradients of `by_formula`, by central differences: two evaluations of the loss per number."""
    h_tilde, h, logits = forward(x, w_h, b_h, w_y, b_y)

    def loss(logits: Array) -> float:
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_y_hat = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return float(-(y * log_y_hat).sum() / len(x))

    def loss_with(**changed: Array) -> float:
        weights = {"w_h": w_h, "b_h": b_h, "w_y": w_y, "b_y": b_y} | changed
        return loss(forward(x, **weights)[2])

    return {
        "ỹ": _differences(loss, logits),
        "W_y": _differences(lambda w: loss_with(w_y=w), w_y),
        "b_y": _differences(lambda b: loss_with(b_y=b), b_y),
        "h": _differences(lambda h: loss(h @ w_y.T + b_y), h),
        "h̃": _differences(lambda h_tilde: loss(np.tanh(h_tilde) @ w_y.T + b_y), h_tilde),
        "W_h": _differences(lambda w: loss_with(w_h=w), w_h),
        "b_h": _differences(lambda b: loss_with(b_h=b), b_h),
    }


def _differences(function: Callable[[Array], float], at: Array) -> Array:
    units = np.eye(at.size).reshape(-1, *at.shape)
    return np.array([central_slope(function, at, unit, STEP) for unit in units]).reshape(at.shape)


def example_signal(x: Array, y: Array, weights: list[Array]) -> ExampleSignal:
    """The error signal of one example with inputs (1, n_x) and one-hot target (n_y,)."""
    *_, logits = forward(x, *weights)
    exponentials = np.exp(logits[0] - logits[0].max())
    (target,) = np.flatnonzero(y)
    return ExampleSignal(int(target), logits[0], exponentials / exponentials.sum(), y)


def _distance(a: Array, b: Array) -> float:
    """The greatest difference between two entries.

    Raises:
        ValueError: the shapes differ; both should have the shape of the same array.
    """
    if a.shape != b.shape:
        raise ValueError(f"gradients of the shapes {a.shape} and {b.shape} cannot be compared")
    return float(np.abs(a - b).max())


# ---- report ---------------------------------------------------------------------------------------


def tell(found: HandGradients) -> list[Part]:
    """Derive every gradient, then check the formulas against the engine and against differences."""
    n_x, n_h, n_y = found.sizes
    return [
        f"The network is 2-4-2 with tanh, softmax and cross-entropy: n_x = {n_x}, n_h = {n_h}, n_y = {n_y}. "
        "The rows of X are examples, as in most data sets, so a layer multiplies from the right by its "
        "transposed weights.",
        Verbatim(FORWARD),
        "The gradient by an array has the shape of that array. This rule alone catches most of the mistakes "
        "in what follows.",
        "Question 15, the gradient by ỹ. It is short if log-softmax is inserted into the loss before "
        "differentiating:",
        Verbatim(BY_LOGITS),
        "This is an error signal: the prediction minus the truth. The entries of a row add up to 0 (here to "
        f"{found.row_sum:.1g} at most), because raising all logits together changes nothing.",
        "Question 16, the gradients by W_y and b_y. One example contributes the product of its error signal "
        "and its hidden activations; the matrix product sums these over the examples.",
        Verbatim(BY_OUTPUT_LAYER),
        "Question 17, the gradients by h̃, W_h and b_h. The error signal goes back through W_y and then "
        "through tanh. The rest is as before: W_h relates h̃ to X as W_y relates ỹ to h.",
        Verbatim(BY_HIDDEN_LAYER),
        "Backprop for this network is therefore four lines of NumPy:",
        Verbatim(PROGRAM),
        *_check(found),
        *_first_example(found.first),
    ]


def slip(found: HandGradients) -> str:
    """Correct the shape of a product, and the size of ỹ."""
    return (
        "∇W_y is (∇ỹ)ᵀ h, not ∇ỹ hᵀ or h ∇ỹ: with examples as rows, only this product has the shape "
        f"n_y × n_h. And ỹ is not a single number: it has n_y entries per example (here {found.sizes[2]}), "
        "one per class. If examples are columns, every formula is transposed: choose one convention and keep "
        "to it."
    )


def _check(found: HandGradients) -> list[Part]:
    rows = [
        (
            name,
            " × ".join(map(str, array.shape)),
            float(np.abs(array).max()),
            f"{found.engine[name]:.1g}",
            f"{found.differences[name]:.1g}",
        )
        for name, array in found.formula.items()
    ]
    worst = max(found.engine.values())
    verdict = (
        f"Formulas and engine agree to {worst:.1g}, which is rounding."
        if worst <= ROUNDING
        else f"Formulas and engine differ by {worst:.1g}, which is more than rounding: one of them is wrong."
    )
    return [
        f"Are the formulas correct? They are computed with NumPy alone on {found.examples} points of two "
        "rings, one ring per class, with random weights. The engine computes the same gradients without "
        "these formulas: it knows only the derivatives of products, quotients, sums, tanh, exp and log. "
        "Backward also sets a gradient on every intermediate array, so ỹ, h and h̃ can be compared too. "
        "Central differences use neither: they move each number a little and evaluate the loss again.",
        Table(
            ["gradient by", "shape", "max magnitude", "− engine", "− differences"],
            rows,
            "The last two columns give the greatest difference of an entry from the formula. The loss is the "
            f"mean over {found.examples} examples.",
        ),
        f"{verdict} Central differences are off by up to {max(found.differences.values()):.1g}. They are "
        "approximate by construction, and they needed two evaluations of the loss for each number.",
    ]


def _first_example(example: ExampleSignal) -> list[Part]:
    columns = zip(example.logits, example.y_hat, example.y, example.y_hat - example.y, strict=True)
    return [
        f"One example in numbers; its class is {example.target}. Descent moves against the gradient. It "
        "raises the logit whose entry is negative, which is the logit of the true class, and lowers the "
        "other.",
        Table(
            ["", "ỹ", "ŷ", "y", "ŷ − y"],
            [(f"class {k}", *map(float, numbers)) for k, numbers in enumerate(columns)],
            "The first example and the gradient of its own loss.",
        ),
    ]


LESSON = Lesson(
    name="by_hand",
    numbers="15, 16, 17",
    title="Every gradient by hand, and by the engine",
    question="What are the gradients of the loss by ỹ; by the weights W_y and biases b_y of the output "
    "layer; and by h̃, W_h and b_h of the hidden layer?",
    measure=measure,
    tell=tell,
    slip=slip,
)
answer = LESSON.answer

if __name__ == "__main__":
    sys.exit(LESSON.main())
