"""What a network must satisfy to be optimised by gradients: kinks, steps, recurrence, cycles."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import GraphError, Tensor, Value, gradient, relu, softmax_cross_entropy, softplus
from demos.page.data_sets import circles
from demos.page.lesson import alone
from demos.page.parts import Answer, Code, Part, Picture, Table
from demos.page.plotting import COLORS, INK, MARKERS, plot, to_svg
from nn.optimisers import Adam

__all__ = ["Recurrent", "answer", "copied_and_shared", "fading", "kinks", "parity", "steps"]

Array = NDArray[np.float64]
# Of central differences; so short that no hidden unit is likely to cross its step.
STEP = 1e-7

RECURRENCE = """\
h_t = tanh(W h_{t−1} + U x_t + b)       t = 1 … T, h_0 = 0: the same W, U, b at every step
y_t = v · h_t + c"""

SHARED = """\
h_1 = f(W_1, h_0),  h_2 = f(W_2, h_1),  …  h_T = f(W_T, h_{T−1})        a copy of W for every step
∇W = ∇W_1 + ∇W_2 + … + ∇W_T                                              since all of them are W"""


def answer(
    seed: int = 0, *, updates: int = 300, epochs: int = 200, examples: int = 200, far: int = 40
) -> Answer:
    trained = steps(examples, epochs, seed)
    learnt = parity(updates, seed)
    shared, copies = copied_and_shared(seed)
    apart = _greatest(shared - sum(copies))
    return Answer(
        name="differentiable",
        numbers="13",
        title="What the graph must satisfy",
        question="Which conditions must an architecture satisfy, so that its parameters can be optimised "
        "in this way?",
        parts=[
            "Four conditions. The result is one number. It is computed by operations of which each has a "
            "derivative, by its parameters and by its inputs, at almost every point. These derivatives are "
            "not all zero. And no value depends on itself: the graph has an order to be computed in. "
            "Nothing else is asked, of layers, say, or of neurons.",
            "First the points where there is no derivative. A ReLU, an absolute value, a maximum have a "
            "kink: a slope on its left, another on its right. The engine takes a documented number from "
            "between the two (a subgradient), as libraries do:",
            _kink_table(),
            _almost_never(seed),
            "An infinite slope is another matter. It is refused, by name:",
            Code(_refused(lambda: np.sqrt(Value(0.0, name="x")).backward())),
            "Second, the derivative by the inputs. A hidden layer learns only if what stands above it passes "
            "a derivative on. Here the same 2-16-2 network is trained on two rings with three activations in "
            "its hidden layer. A step function, 1 above 0 and 0 below, has a derivative at almost every "
            "point, and it is 0:",
            _step_table(trained),
            "The hidden weights below the step function have not moved at all; only the output layer has "
            "learnt, from hidden units that stay as they were drawn. Finite differences find the same 0."
            if trained["step"].moved == 0 and trained["step"].differences == 0
            else "The hidden weights below the step function have moved, which a slope of 0 cannot do.",
            "Third, recurrence. A network whose state goes back into it is written with a loop:",
            Code(RECURRENCE),
            "Unrolled, each step is a new value, so the graph is a chain, and backprop goes through it as "
            "through any other (backprop through time: P. Werbos, 1990). This one, with "
            f"{learnt.hidden} hidden units, is to say after each bit whether the number of ones so far is "
            f"odd, from sequences of {learnt.length} bits. In the last ten batches it was right in "
            f"{np.mean(learnt.accuracies[-10:]):.1%} of the cases, in the first ten in "
            f"{np.mean(learnt.accuracies[:10]):.1%}.",
            _parity_plot(learnt),
            _parity_words(learnt),
            "The weights are shared by all steps. For the chain rule they are copies that happen to be "
            "equal, and the gradient by what is shared is the sum of those by the copies:",
            Code(SHARED),
            f"Measured over {len(copies)} steps, with one Tensor W and again with one for each step, the sum "
            f"and the gradient by the shared W differ by {apart:.1g}, "
            + ("which is rounding." if apart < 1e-12 else "which is more than rounding."),
            *_fading_parts(far, seed),
            "Last, a real cycle: a value that is to depend on itself within one evaluation. It has no first "
            "value to compute, and the engine refuses to record it:",
            Code(_refused(_cycle)),
        ],
        slip="it is not enough that the loss is differentiable by the parameters of each layer: each layer "
        "must be differentiable by its inputs too, or nothing below it learns. It need not be so everywhere: "
        "almost everywhere, with a documented choice at the kinks, is enough for ReLU and hinge loss. And "
        "recurrence is not excluded: unrolled it is a graph without cycles, and the gradients by shared "
        "weights add up. Only a cycle within one evaluation is excluded.",
    )


# ---- kinks ----------------------------------------------------------------------------------------

KINKS: dict[str, Callable[[Value], Any]] = {
    "relu(x)": relu,
    "abs(x)": abs,
    "max(x, 0)": lambda x: x.maximum(0.0),
    "max(x, −x)": lambda x: x.maximum(-x),
}


def kinks(near: float = 1e-6) -> dict[str, tuple[float, float, float]]:
    """The slope of each function that has a kink at 0: just left of it, at it, and just right of it."""

    def slope(function: Callable[[Value], Any], at: float) -> float:
        x = Value(at)
        function(x).backward()
        return float(x.grad)

    return {
        name: (slope(function, -near), slope(function, 0.0), slope(function, near))
        for name, function in KINKS.items()
    }


def _kink_table() -> Table:
    near = 1e-6
    rows = [(name, *slopes) for name, slopes in kinks(near).items()]
    return Table(["", f"slope at −{near:g}", "at 0", f"at {near:g}"], rows, "Measured, by backward.")


def _almost_never(seed: int) -> str:
    inputs = circles(1000, seed).inputs
    rng = np.random.default_rng(seed)
    sums = inputs @ rng.normal(size=(2, 16)) + rng.normal(size=16)
    hits = int((sums == 0).sum())
    return f"How often does a network stand on a kink? Of {sums.size:,} sums of hidden neurons, " + (
        "none is exactly 0. So it hardly matters which number is taken there."
        if hits == 0
        else f"{hits} are exactly 0: there the number taken does matter."
    )


def _refused(attempt: Callable[[], object]) -> str:
    """What the engine says to something it refuses."""
    try:
        attempt()
    except (ArithmeticError, GraphError) as error:
        return fill(f"{type(error).__name__}: {error}", 76)
    return "nothing was refused"


def _cycle() -> None:
    x = Value(1.0, name="x")
    y = x.tanh()
    x.inputs = (y,)


# ---- steps ----------------------------------------------------------------------------------------


def step(x: Any) -> Any:
    """1 above 0 and 0 below. Its derivative is 0, so what it gives is a constant."""
    return np.where(x.data > 0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Trained:
    """What became of a network: gradients by its hidden weights at first, and what it learnt.

    Attributes:
        slope: the greatest entry of the gradient.
        differences: the same by central differences.
        moved: how far training moved the hidden weights, at most.
        accuracy: on fresh points.
    """

    slope: float
    differences: float
    moved: float
    accuracy: float


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"tanh": np.tanh, "ReLU": relu, "step": step}


def logits(parameters: Sequence[Any], x: Array, activation: Callable[[Any], Any]) -> Any:
    """The outputs of a network with one hidden layer; the parameters are W_h, b_h, W_y, b_y."""
    w_h, b_h, w_y, b_y = parameters
    return activation(x @ w_h.T + b_h) @ w_y.T + b_y


def steps(examples: int, epochs: int, seed: int) -> dict[str, Trained]:
    """A 2-16-2 network on two rings with each activation, from the same weights."""
    data, fresh = circles(examples, seed), circles(1000, seed + 1)

    def loss(parameters: Sequence[Any], activation: Callable[[Any], Any]) -> Any:
        return softmax_cross_entropy(logits(parameters, data.inputs, activation), data.targets)

    found = {}
    for name, activation in ACTIVATIONS.items():
        rng = np.random.default_rng(seed)
        w_h, *others = parameters = [
            Tensor(rng.normal(size=(16, 2)), name="W_h"),
            Tensor(rng.normal(size=16), name="b_h"),
            Tensor(rng.normal(size=(2, 16)) / 4, name="W_y"),
            Tensor(np.zeros(2), name="b_y"),
        ]
        slope = gradient(loss(parameters, activation), [w_h]).values[0]
        before = w_h.data.copy()
        differences = [
            (
                loss([Tensor(before + unit), *others], activation)
                - loss([Tensor(before - unit), *others], activation)
            ).item()
            / (2 * STEP)
            for unit in STEP * np.eye(before.size).reshape(-1, *before.shape)
        ]
        optimiser = Adam(parameters, 0.05)
        for _ in range(epochs):
            optimiser.zero_grad()
            loss(parameters, activation).backward()
            optimiser.step()
        right = logits(parameters, fresh.inputs, activation).data.argmax(axis=1) == fresh.targets
        found[name] = Trained(
            slope=_greatest(slope),
            differences=_greatest(differences),
            moved=_greatest(w_h.data - before),
            accuracy=float(np.mean(right)),
        )
    return found


def _greatest(numbers: Any) -> float:
    return float(np.abs(numbers).max())


def _step_table(trained: dict[str, Trained]) -> Table:
    rows = [
        (name, result.slope, result.differences, result.moved, f"{result.accuracy:.1%}")
        for name, result in trained.items()
    ]
    headings = ["hidden activation", "∇W_h, greatest", "by differences", "W_h moved by", "accuracy"]
    return Table(headings, rows, "Gradients before training, the rest after it; accuracy on fresh points.")


# ---- recurrence -----------------------------------------------------------------------------------


class Recurrent:
    """``h_t = tanh(W h_{t-1} + U x_t + b)``, ``y_t = v · h_t + c``; one number in and one out a step."""

    def __init__(self, hidden: int, rng: np.random.Generator) -> None:
        self.w = Tensor(rng.normal(size=(hidden, hidden)) / np.sqrt(hidden), name="W")
        self.u = Tensor(rng.normal(size=(hidden, 1)), name="U")
        self.b = Tensor(np.zeros(hidden), name="b")
        self.v = Tensor(rng.normal(size=(1, hidden)) / np.sqrt(hidden), name="v")
        self.c = Tensor(np.zeros(1), name="c")

    def states(self, x: Array, copies: Sequence[Tensor] | None = None) -> list[Tensor]:
        """The state (examples, hidden) after each step.

        Args:
            x: the inputs, (examples, steps).
            copies: a W for every step, in place of the shared one.
        """
        h: Any = np.zeros((len(x), len(self.b)))
        states = []
        for t in range(x.shape[1]):
            w = self.w if copies is None else copies[t]
            h = np.tanh(h @ w.T + x[:, t : t + 1] @ self.u.T + self.b)
            states.append(h)
        return states

    def outputs(self, states: Sequence[Tensor]) -> Any:
        """(examples, steps)"""
        return np.concatenate([h @ self.v.T + self.c for h in states], axis=1)


@dataclass(frozen=True, slots=True)
class Parity:
    """How a recurrent network learnt the running parity.

    Attributes:
        length: of the sequences it was trained on.
        hidden: how many units it has.
        losses, accuracies: of every update's batch, before the update.
        farther: accuracy on fresh sequences, by their length.
    """

    length: int
    hidden: int
    losses: list[float]
    accuracies: list[float]
    farther: dict[int, float]


def parity(updates: int, seed: int, *, length: int = 4, hidden: int = 8, batch: int = 32) -> Parity:
    """Train on random bits ±1; the target after each is the product of all so far."""
    rng = np.random.default_rng(seed)
    network = Recurrent(hidden, rng)
    optimiser = Adam([network.w, network.u, network.b, network.v, network.c], 0.03)
    losses, accuracies = [], []
    for _ in range(updates):
        bits = rng.choice([-1.0, 1.0], (batch, length))
        odd = np.cumprod(bits, axis=1)
        outputs = network.outputs(network.states(bits))
        loss = np.mean(softplus(-odd * outputs))  # −log of the probability of the right answer
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        accuracies.append(float(np.mean(outputs.data * odd > 0)))
    farther = {}
    for times in (1, 4, 16):
        bits = rng.choice([-1.0, 1.0], (200, length * times))
        outputs = network.outputs(network.states(bits))
        farther[length * times] = float(np.mean(outputs.data * np.cumprod(bits, axis=1) > 0))
    return Parity(length, hidden, losses, accuracies, farther)


def _parity_plot(learnt: Parity) -> Picture:
    def drawn(width: float, height: float, name: str) -> str:
        figure, axes = plot(width=width, height=height)
        updates = np.arange(len(learnt.losses))
        axes.plot(updates, learnt.losses, color=COLORS[0], label="loss")
        axes.plot(updates, learnt.accuracies, color=COLORS[1], linestyle="--", label="accuracy")
        axes.set_ylim(0, 1.15)
        axes.set_xlabel("updates")
        axes.legend(loc="center right", frameon=False, labelcolor=INK)
        return to_svg(figure, name)

    return Picture(
        drawn(8.4, 3.4, "parity-wide"),
        "Loss and accuracy against updates: the loss falls, the accuracy rises.",
        "Backprop through time on the running parity: loss and accuracy of each batch, before the update.",
        narrow=drawn(3.9, 3.2, "parity-narrow"),
    )


def _parity_words(learnt: Parity) -> str:
    told = ", ".join(f"{accuracy:.1%} of {length} bits" for length, accuracy in learnt.farther.items())
    return (
        "Since the same step is used again and again, the network can be run on longer sequences than it has "
        f"seen. Right answers on fresh sequences: {told}."
    )


def copied_and_shared(seed: int, *, length: int = 6, hidden: int = 8) -> tuple[Array, list[Array]]:
    """The gradient by a shared W, and those by a copy of it for every step."""
    rng = np.random.default_rng(seed)
    network = Recurrent(hidden, rng)
    x = rng.normal(size=(5, length))
    copies = [Tensor(network.w.data, name=f"W{t}") for t in range(1, length + 1)]
    for given in (None, copies):
        np.sum(network.outputs(network.states(x, given)) ** 2).backward()
    # The first step starts from a state of zeros, so its W gets a gradient of zeros.
    return network.w.grad, [copy.grad for copy in copies]


def fading(length: int, seed: int, *, hidden: int = 32) -> dict[float, list[float]]:
    """The size of the derivative of the last step's loss by the state so many steps back.

    W is a rotation times a scale; the sizes are relative to the last state's.
    """
    found = {}
    for scale in (0.5, 0.9, 1.0, 1.3):
        rng = np.random.default_rng(seed)
        network = Recurrent(hidden, rng)
        network.w.data = scale * np.linalg.qr(rng.normal(size=(hidden, hidden)))[0]
        states = network.states(0.1 * rng.normal(size=(8, length)))
        np.sum(network.outputs(states[-1:])).backward()
        sizes = [float(np.linalg.norm(h.grad)) for h in reversed(states)]
        found[scale] = [size / sizes[0] for size in sizes]
    return found


def _fading_parts(length: int, seed: int) -> list[Part]:
    found = fading(length, seed)

    def drawn(width: float, height: float, name: str) -> str:
        figure, axes = plot(width=width, height=height)
        axes.set_yscale("log")
        axes.set_xlabel("steps back")
        axes.set_title("derivative by the state, over that by the last", loc="left", fontsize=10.5)
        for i, (scale, sizes) in enumerate(found.items()):
            axes.plot(sizes, color=COLORS[i], marker=MARKERS[i], markevery=max(1, length // 10))
            axes.annotate(
                f"{scale:g}",
                (length - 1, sizes[-1]),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
                color=INK,
            )
        return to_svg(figure, name)

    ends = "; ".join(f"with {scale:g} {sizes[-1]:.2g}" for scale, sizes in found.items())
    return [
        "What can go wrong in a long chain: on the way back every step multiplies by W and by the slope of "
        "tanh. If that shrinks, the gradient fades, and early inputs teach nothing; if it stretches, the "
        f"gradient explodes (Bengio, Simard and Frasconi, 1994). Over {length - 1} steps, with W a rotation "
        f"times a scale, the derivative by the first state is, over that by the last: {ends}.",
        Picture(
            drawn(8.4, 4.4, "fading-wide"),
            "The size of the derivative against steps back, on a logarithmic scale: for small scales of W it "
            "falls on a straight line.",
            "At the end of each line the scale of W. A straight line on this logarithmic scale is "
            "exponential fading.",
            narrow=drawn(3.9, 4.2, "fading-narrow"),
        ),
    ]


if __name__ == "__main__":
    sys.exit(alone(answer, "differentiable"))
