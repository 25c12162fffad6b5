"""What is counted, and how: the text below the tables."""

from __future__ import annotations

from demos.complexity.clock import MOST
from demos.complexity.networks import Family
from demos.complexity.options import Options

__all__ = ["conventions"]


def conventions(options: Options) -> str:
    """The conventions of a run, one paragraph per line."""
    family = options.problems[0].family
    if family is not None:
        whole = options.granularity == "matrix"
        return "\n".join([_family(family, options), *([_of_arrays()] if whole else _of_scalars(options))])
    if options.granularity == "matrix":
        return "\n".join(_of_matrices(options))
    graph = _network(options) if options.graph == "mlp" else _recurrence(options)
    return "\n".join([graph, *_of_scalars(options)])


def _network(options: Options) -> str:
    vertices = (
        "each neuron is a vertex, with its weights and bias as leaves"
        if options.granularity == "neuron"
        else "each product and each sum is a vertex; a neuron's sum starts at the bias and runs left to right"
    )
    loss = "the sum of squared errors" if options.loss == "se" else "fused softmax cross-entropy, one vertex"
    return (
        f"Networks with tanh after every layer but the last, and {loss}; {vertices}. The input is one "
        "iris flower. Its four features are standardised over the 150 flowers, and cut or repeated if the "
        f"network takes another number of inputs. Seed {options.seed} draws the flower and the weights."
    )


def _family(family: Family, options: Options) -> str:
    size = family.grown(1, options.problems[0].sizes[-1])
    constant = (
        f"of width {size.width}"
        if family.name in ("rnn", "residual")
        else f"of width {size.width} and "
        + (f"{size.length} positions" if family.grows == "depth" else "one block")
    )
    return (
        f"{family.title}, {constant}: {family.definition}. One example, drawn with the weights by seed "
        f"{options.seed}. Shared weights are one set of parameters, and one layer of the chain rule per "
        "layer. Paths have a closed form; operations are predicted by counting over the recorded graph."
    )


def _of_arrays() -> str:
    return (
        "A vertex is a whole array, so a product takes all edges between two layers in one step, and all "
        "paths along them. The counts are the multiply-adds of matrix products: an (a, b) by a (b, c) matrix "
        "takes a·b·c. Forward mode takes one sweep per number in the parameters, and finite differences one "
        "forward pass per number. Elimination and complex steps, on numbers alone, are left out. No times "
        "are shown: operations are the same on every machine."
    )


def _recurrence(options: Options) -> str:
    return (
        f"The recurrence {options.graph}; seed {options.seed} draws its numbers. A layer of a recurrence is "
        "one step."
    )


def _of_scalars(options: Options) -> list[str]:
    no_times = "No times are shown: operations are the same on every machine."
    return [
        "All methods differentiate the same recorded graph at the same point, with the same local "
        "derivatives, with respect to all parameters. Inputs and targets are constants and cost nothing.",
        "Every edge that is walked is one multiplication, including multiplications by the seed, by 1 and "
        "by -1. Every total includes the forward pass and the local derivatives. "
        + (_times() if options.clock else no_times),
        "The cost of elimination by Markowitz has no closed form on networks: it is counted over the graph, "
        "and left out where forward mode is over the budget.",
    ]


def _times() -> str:
    return (
        f"Methods of at most {MOST:,} operations were also timed. Each is written out as straight-line "
        "Python that reads the parameters and returns the derivatives, and the result too if the method is "
        "exact. That code has real numbers only, so complex steps are counted and not timed. A time is the "
        "least of several rounds; in each round all methods on a graph run in turn, because other work on "
        "the machine can only add to a time. Times hold for this machine and vary from run to run; "
        "operations do not."
    )


def _of_matrices(options: Options) -> list[str]:
    loss = "sum of squared errors" if options.loss == "se" else "softmax cross-entropy"
    return [
        f"Networks with tanh after every layer but the last, on a batch of {options.batch}, and the mean "
        f"{loss}. A vertex is a whole array: a layer records Wᵀ, the product h Wᵀ, the sum with b, and "
        "tanh. The batch consists of iris flowers. Their four features are standardised over the 150 "
        "flowers, and cut or repeated if a network takes another number of inputs; the true class is the "
        f"species modulo the last width. Seed {options.seed} draws the flowers and the weights.",
        "At this level the graph of a network is a chain with the W and b of every layer at its side: one "
        "path leads from each of them to the loss, so the sum over paths is no longer exponential. The "
        "exponential is inside the matrix products: each multiplies out all edges between two layers in one "
        "step, and so merges the paths along them. The remaining naivety is to start at the loss again for "
        "every layer or array, which is quadratic.",
        "A method per parameter starts once for every W and every b, which are arrays here. Forward mode "
        "takes one sweep per number in them, and finite differences one forward pass per number. Elimination "
        "and complex steps, on numbers alone, are left out.",
        "The counts are the multiply-adds of matrix products, nearly all the work in wide networks: an "
        "(a, b) by a (b, c) matrix takes a·b·c. The inputs of the first layer are constants, so the product "
        "for their gradient is not computed. No times are shown: operations are the same on every machine.",
    ]
