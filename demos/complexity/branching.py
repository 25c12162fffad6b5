"""How many paths lead from the parameters of a network to its loss: closed forms, as integers of any size.

Paths multiply where a number is used more than once. Counted backwards: the paths from a number to the loss
are the sum of its users' paths. Where all numbers of a layer are alike, a layer is one multiplication.
The sum over paths is Bauer's, 1974; for residual networks see A. Veit, M. Wilber and S. Belongie, "Residual
networks behave like ensembles of relatively shallow networks", 2016.
"""

from __future__ import annotations

from typing import Protocol

__all__ = [
    "CLASSES",
    "FEATURES",
    "HEADS",
    "KERNEL",
    "PLACES",
    "VOCABULARY",
    "Paths",
    "attention_paths",
    "convolution_paths",
    "gpt_paths",
    "residual_paths",
    "rnn_paths",
]

# The classes at the end of a network, and the numbers that a recurrence reads at each step.
CLASSES, FEATURES = 3, 2
# The width of a convolution's window, and the positions that attention reads.
KERNEL, PLACES = 3, 4
# The heads of a GPT, and its tokens: 26 letters, and the start and end of a name.
HEADS, VOCABULARY = 4, 27


class SizeOf(Protocol):
    @property
    def length(self) -> int: ...
    @property
    def depth(self) -> int: ...
    @property
    def width(self) -> int: ...


class Paths(Protocol):
    """The number of paths of a network in scalars, or in whole arrays."""

    def __call__(self, size: SizeOf, whole: bool = False) -> int: ...


def rnn_paths(size: SizeOf, whole: bool = False) -> int:
    """A recurrence unrolled over T steps: with width n, ``n^T`` up to factors; in whole arrays ``3T + 1``."""
    steps, n = size.length, size.width
    if whole:
        return 3 * steps + 1  # U and b at each step, W from the second on; the two of the classifier
    from_state = [CLASSES * _power(n, later) for later in range(steps)]
    fresh = sum(from_state) * n * (FEATURES + 1)
    return fresh + sum(from_state[:-1]) * n * n + _classifier(n)


def residual_paths(size: SizeOf, whole: bool = False) -> int:
    """L blocks ``x + tanh(W x + b)``: ``(1 + n)^L`` up to factors; in whole arrays ``2^(L+1)``."""
    depth, n = size.depth, size.width
    if whole:
        return _power(2, depth + 1)
    return sum(CLASSES * _power(1 + n, later) for later in range(depth)) * n * (n + 1) + _classifier(n)


def convolution_paths(size: SizeOf, whole: bool = False) -> int:
    """L convolutions of kernel k and c channels: below ``(k c)^L`` up to factors; in arrays ``2L + 2``.

    At the ends of the sequence fewer than k places read a number.
    """
    depth, c = size.depth, size.width
    if whole:
        return 2 * depth + 2
    total, places = _classifier(c), [CLASSES] * size.length  # from one number at each place
    reach = KERNEL // 2
    for _ in range(depth):
        total += c * sum(places) * (KERNEL * c + 1)
        places = [c * sum(places[max(0, i - reach) : i + reach + 1]) for i in range(size.length)]
    return total


def attention_paths(size: SizeOf, whole: bool = False) -> int:
    """L blocks of causal attention of one head over T positions: polynomial in T, exponential in L.

    In whole arrays ``2·3^L``, whatever T is: a block is read through queries, keys and values.
    """
    n = size.width
    if whole:
        return 4 * (_power(3, size.depth) - 1) // 2 + 2
    states = [CLASSES] * size.length  # from one feature of each position
    total = _classifier(n)
    for _ in range(size.depth):
        total += n * n * sum(states)  # the output matrix
        parts = _read([n * paths for paths in states], n)
        total += sum(n * n * sum(part) for part in parts)
        states = [n * sum(part) for part in zip(*parts, strict=True)]
    return total


def gpt_paths(size: SizeOf, whole: bool = False) -> int:
    """A GPT of L blocks on T tokens, no fused operations: polynomial in T, exponential in L."""
    if whole:
        return 14 * (_power(21, size.depth) - 1) // 20 + 1 + 4 * _power(21, size.depth)
    n, head = size.width, size.width // HEADS
    logits = VOCABULARY + 1  # a logit reaches the loss through the total, the true one by itself too
    states = [logits] * size.length
    total = n * logits * size.length
    for _ in range(size.depth):
        total += (
            4 * n * n * (sum(states) + n * sum(states))
        )  # the second and the first matrix of the perceptron
        states = [x + _norm(n) * 4 * n * n * x for x in states]
        total += n * n * sum(states)
        parts = _read([n * paths for paths in states], head)
        total += sum(n * n * sum(part) for part in parts)
        read = [n * sum(part) for part in zip(*parts, strict=True)]
        states = [x + _norm(n) * y for x, y in zip(states, read, strict=True)]
    return total + 2 * n * _norm(n) * sum(states)


def _power(base: int, exponent: int) -> int:
    """A power that is a whole number, as its exponent is not negative."""
    power: int = base**exponent
    return power


def _classifier(n: int) -> int:
    """From the weights and biases at the end of a network."""
    return CLASSES * (n + 1)


def _norm(n: int) -> int:
    """Ways from one feature through an RMS norm: to itself, and twice (as a square) to every one."""
    return 2 * n + 1


def _read(outputs: list[int], head: int) -> tuple[list[int], list[int], list[int]]:
    """From one number of the query, key and value of each position, by the paths from one read number.

    Position t has t + 1 scores. Each reaches all t + 1 shares through their total and its own directly, and
    with them every number of its head.
    """
    scores = range(2, len(outputs) + 2)  # t + 1 through the total, 1 directly
    query = [head * (m - 1) * m * paths for m, paths in zip(scores, outputs, strict=True)]
    key, value = [0] * len(outputs), [0] * len(outputs)
    through_key = through_value = 0
    for t in reversed(range(len(outputs))):
        through_key += head * scores[t] * outputs[t]
        through_value += outputs[t]
        key[t], value[t] = through_key, through_value
    return query, key, value
