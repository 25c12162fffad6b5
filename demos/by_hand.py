"""The gradients of a 2-4-2 network by hand: by ỹ, by W_y and b_y, by h, h̃, W_h and b_h."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor
from demos.page.data_sets import circles
from demos.page.lesson import alone
from demos.page.parts import Answer, Code, Table
from nn import MLP, one_hot

__all__ = ["answer", "by_differences", "by_engine", "by_formula", "forward"]

Array = NDArray[np.float64]
# The step of central differences, which balances their error against that of rounding.
STEP = float(np.finfo(np.float64).eps ** (1 / 3))

FORWARD = """\
h̃ = X W_hᵀ + b_h        N × n_h     a row for every example
h = tanh(h̃)             N × n_h
ỹ = h W_yᵀ + b_y        N × n_y     the logits
ŷ = softmax(ỹ)          N × n_y     of each row
ℓ = −c Σ_n Σ_i y_ni log ŷ_ni        c = 1 for the sum over the examples, 1/N for their mean"""

BY_LOGITS = """\
ℓ = −Σ_i y_i log ŷ_i                                one example
  = −Σ_i y_i (ỹ_i − log Σ_j exp ỹ_j)                log of softmax
  = −Σ_i y_i ỹ_i + (Σ_i y_i) log Σ_j exp ỹ_j
∂ℓ/∂ỹ_k = −y_k + (Σ_i y_i) exp ỹ_k / Σ_j exp ỹ_j
        = −y_k + (Σ_i y_i) ŷ_k
        = ŷ_k − y_k                                 since Σ_i y_i = 1
∇ỹ = c (ŷ − y)          N × n_y                     all examples, a row each"""

BY_OUTPUT_LAYER = """\
ỹ_nk = Σ_j h_nj W_kj + b_k                          W, b are W_y, b_y
∂ℓ/∂W_kj = Σ_n ∂ℓ/∂ỹ_nk · ∂ỹ_nk/∂W_kj               every example uses the same W
         = Σ_n ∂ℓ/∂ỹ_nk · h_nj
∂ℓ/∂b_k  = Σ_n ∂ℓ/∂ỹ_nk
∇W_y = (∇ỹ)ᵀ h          n_y × n_h                   the shape of W_y
∇b_y = 1ᵀ ∇ỹ            n_y                         the sum over the rows"""

BY_HIDDEN_LAYER = """\
∂ℓ/∂h_nj = Σ_k ∂ℓ/∂ỹ_nk · W_kj                      every output uses h_j: the paths are added up
∇h = ∇ỹ W_y             N × n_h
∂h/∂h̃ = 1 − tanh²(h̃) = 1 − h²                       element by element
∇h̃ = ∇h ⊙ (1 − h²)      N × n_h
h̃ = X W_hᵀ + b_h                                    the same form as ỹ, so
∇W_h = (∇h̃)ᵀ X          n_h × n_x
∇b_h = 1ᵀ ∇h̃            n_h"""

PROGRAM = """\
g_logits = c * (y_hat - y)
g_W_y, g_b_y = g_logits.T @ h, g_logits.sum(axis=0)
g_h_tilde = (g_logits @ W_y) * (1 - h**2)
g_W_h, g_b_h = g_h_tilde.T @ X, g_h_tilde.sum(axis=0)"""


def answer(seed: int = 0, *, examples: int = 100) -> Answer:
    data = circles(examples, seed)
    x, y = data.inputs, one_hot(data.targets, 2)
    network = MLP([2, 4, 2], seed=seed)
    weights = [p.data.copy() for layer in network.layers for p in (layer.weight, layer.bias)]

    formula = by_formula(x, y, *weights)
    engine = by_engine(x, y, *weights)
    differences = by_differences(x, y, *weights)
    rows = [
        (name, _shape(formula[name]), _size(formula[name]), *_apart(name, formula, engine, differences))
        for name in formula
    ]
    worst = max(_distance(formula[name], engine[name]) for name in formula)
    worst_difference = max(_distance(formula[name], differences[name]) for name in formula)
    told = (
        f"The two agree to {worst:.1g}, which is rounding."
        if worst <= 1e-12
        else f"The two are {worst:.1g} apart, which is more than rounding: one of them is wrong."
    )
    slopes = formula["ỹ"]
    sums = float(np.abs(slopes.sum(axis=1)).max())
    return Answer(
        name="by_hand",
        numbers="15, 16, 17",
        title="Every gradient by hand, and by the engine",
        question="Write down the gradient of the loss by ỹ; by the weights W_y and biases b_y of the output "
        "layer; and by h̃, W_h and b_h of the hidden one.",
        parts=[
            f"The network is 2-4-2 with tanh, softmax and cross-entropy: n_x = {x.shape[1]}, n_h = "
            f"{weights[0].shape[0]}, n_y = {y.shape[1]}. Examples are the rows of X, as data come, so a "
            "layer multiplies by its weights transposed from the right.",
            Code(FORWARD),
            "A gradient has the shape of what it is the gradient by. That alone finds most mistakes below.",
            "Question 15, by ỹ. Put log-softmax into the loss before differentiating, and it is short:",
            Code(BY_LOGITS),
            "This is an error signal: what the network says minus what is true. The entries of a row add up "
            f"to 0 (here to {sums:.1g} at most), since raising all logits together changes nothing.",
            "Question 16, by W_y and b_y. An example contributes the product of its error signal with its "
            "hidden activations; the matrix product adds these up over the examples.",
            Code(BY_OUTPUT_LAYER),
            "Question 17, by h̃, W_h and b_h. The error signal goes back through W_y, then through tanh, and "
            "from there on nothing is new: W_h is to h̃ and X what W_y is to ỹ and h.",
            Code(BY_HIDDEN_LAYER),
            "So the whole of backprop for this network is four lines of NumPy:",
            Code(PROGRAM),
            f"Does it hold? On {examples} points of two rings (classes inside and outside), with weights "
            "drawn by the seed, the formulas are computed with NumPy alone, and beside them stands what the "
            "engine gives, which knows none of these formulas: only the derivatives of products, "
            "quotients, sums, tanh, exp and log. Backward leaves a gradient on every array on the way, so "
            "ỹ, h and h̃ can be compared too. Central differences use neither: each number is moved a "
            "little, and the loss evaluated again.",
            Table(
                ["gradient by", "shape", "greatest entry", "− engine", "− differences"],
                rows,
                "The last two columns: the greatest distance of an entry from the formula’s. The loss is "
                f"the mean over {examples} examples.",
            ),
            f"{told} Central differences are off by up to {worst_difference:.1g}: they are approximate by "
            "construction, and took two evaluations of the loss for each number.",
            *_one_example(x, y, weights),
        ],
        slip="∇W_y is (∇ỹ)ᵀ h, not ∇ỹ hᵀ or h ∇ỹ: with examples as rows only this has the shape n_y × n_h. "
        f"And ỹ has n_y entries for an example (here {slopes.shape[1]}), one a class; it is not a number. "
        "With columns for examples, every formula is transposed: choose one, and stay with it.",
    )


def forward(x: Array, w_h: Array, b_h: Array, w_y: Array, b_y: Array) -> tuple[Array, Array, Array]:
    """h̃, h and ỹ, of shapes (N, n_h), (N, n_h) and (N, n_y)."""
    h_tilde = x @ w_h.T + b_h
    h = np.tanh(h_tilde)
    return h_tilde, h, h @ w_y.T + b_y


def by_formula(x: Array, y: Array, w_h: Array, b_h: Array, w_y: Array, b_y: Array) -> dict[str, Array]:
    """The gradients of the mean cross-entropy by ỹ, W_y, b_y, h, h̃, W_h and b_h: the formulas, no engine.

    The inputs are (N, n_x), the targets one-hot (N, n_y), the weights (n_h, n_x) and (n_y, n_h), the
    biases (n_h,) and (n_y,); each gradient has the shape of what it is by.
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
    """The same from the engine: backward leaves a gradient on leaves and on everything between.

    Softmax and the loss are spelt out, since the fused one would bring a formula of this page along.
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
    """The same by central differences: two evaluations of what follows, for every number."""
    h_tilde, h, logits = forward(x, w_h, b_h, w_y, b_y)

    def loss(logits: Array) -> float:
        above = logits - logits.max(axis=1, keepdims=True)
        log_y_hat = above - np.log(np.exp(above).sum(axis=1, keepdims=True))
        return float(-(y * log_y_hat).sum() / len(x))

    def moved(**weights: Array) -> float:
        here = {"w_h": w_h, "b_h": b_h, "w_y": w_y, "b_y": b_y} | weights
        return loss(forward(x, **here)[2])

    return {
        "ỹ": _differences(loss, logits),
        "W_y": _differences(lambda w: moved(w_y=w), w_y),
        "b_y": _differences(lambda b: moved(b_y=b), b_y),
        "h": _differences(lambda h: loss(h @ w_y.T + b_y), h),
        "h̃": _differences(lambda h_tilde: loss(np.tanh(h_tilde) @ w_y.T + b_y), h_tilde),
        "W_h": _differences(lambda w: moved(w_h=w), w_h),
        "b_h": _differences(lambda b: moved(b_h=b), b_h),
    }


def _differences(function: Callable[[Array], float], at: Array) -> Array:
    slopes = np.empty_like(at)
    for index in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[index] = STEP
        slopes[index] = (function(at + step) - function(at - step)) / (2 * STEP)
    return slopes


def _one_example(x: Array, y: Array, weights: list[Array]) -> list[Table | str]:
    """The error signal of the first example, number by number."""
    *_, logits = forward(x[:1], *weights)
    exponentials = np.exp(logits[0] - logits[0].max())
    y_hat = exponentials / exponentials.sum()
    (true,) = np.flatnonzero(y[0])
    rows = [
        (f"class {k}", *map(float, (logits[0, k], y_hat[k], y[0, k], y_hat[k] - y[0, k])))
        for k in range(len(y_hat))
    ]
    return [
        f"One example in numbers: it is of class {true}. Descent goes against the gradient, so it raises the "
        "logit with the negative entry, which is that of the true class, and lowers the other.",
        Table(["", "ỹ", "ŷ", "y", "ŷ − y"], rows, "The first example, its own loss."),
    ]


def _shape(array: Array) -> str:
    return " × ".join(map(str, array.shape))


def _size(array: Array) -> float:
    return float(np.abs(array).max())


def _distance(a: Array, b: Array) -> float:
    """The greatest distance of an entry.

    Raises:
        ValueError: the shapes differ; a gradient has the shape of what it is by.
    """
    if a.shape != b.shape:
        raise ValueError(f"gradients of the shapes {a.shape} and {b.shape} cannot be compared")
    return _size(a - b)


def _apart(name: str, formula: dict[str, Array], *others: dict[str, Array]) -> tuple[str, ...]:
    return tuple(f"{_distance(formula[name], other[name]):.1g}" for other in others)


if __name__ == "__main__":
    sys.exit(alone(answer, "by_hand"))
