"""The learning rate: too small, too large, changed on the way, and found by search."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import inf, isfinite, log10
from typing import Any

import numpy as np

from demos.page.data_sets import circles
from demos.page.lesson import alone
from demos.page.parts import Answer, Part, Picture, Table
from demos.page.plotting import COLORS, INK, MARKERS, PAPER, legend, plot, to_svg
from nn.data import Data, Split, split
from nn.evaluation import accuracy, evaluate
from nn.fit import fit
from nn.history import Epoch
from nn.mlp import MLP
from nn.optimisers import SGD, Adam, Optimiser
from nn.schedules import Schedule, constant, cosine, step_decay, warm_up
from nn.search import Score, Trial, cross_validate, grid_search, random_search

__all__ = ["answer"]

SIZES = (2, 8, 2)
OPTIMISERS: dict[str, Callable[..., Optimiser]] = {"SGD": SGD, "Adam": Adam}
# The loss of a training that ended in numbers too large to go on with.
DIVERGED = inf
STYLES = ("-", "--", ":", "-.")


def answer(
    seed: int = 0,
    *,
    rates: Sequence[float] = (0.01, 0.1, 1.0, 10.0, 100.0),
    epochs: int = 20,
    repetitions: int = 2,
    trials: int = 6,
    k: int = 3,
) -> Answer:
    """Question 11.

    Args:
        seed: of the data, of the weights and of the order of the examples.
        rates: to try, rising.
        epochs: of each training.
        repetitions: of each training, from other weights.
        trials: of the random search.
        k: how many folds a setting is validated on.
    """
    data = circles(240, seed)
    parts = split(data.inputs, data.targets, seed=seed)
    seeds = range(seed, seed + repetitions)
    curves = {
        (name, rate): [learning(parts.train, name, rate, epochs, s) for s in seeds]
        for name in OPTIMISERS
        for rate in rates
    }
    return Answer(
        name="tuning",
        numbers="11",
        title="The learning rate, and how to find it",
        question="What influence has the learning rate, and how is a good one found?",
        parts=[
            *over_decades(curves, rates, epochs),
            *schedules(parts.train, epochs * 3 // 2, seeds),
            *search(parts, epochs, trials, k, seed),
        ],
        slip=(
            "The learning rate is no property of the task. It goes with the optimiser, with the size of "
            "the batches, with the loss (its mean over a batch, or its sum?) and with the scale of the "
            "inputs. Change one of these, and look for the rate again. And look for it on validation data: a "
            "rate chosen by the test set has made that a validation set."
        ),
    )


def learning(
    data: Data,
    optimiser: str,
    rate: float,
    epochs: int,
    seed: int,
    *,
    batch_size: int = 16,
    schedule: Schedule | None = None,
) -> list[float]:
    """The loss over all examples before training and after each epoch."""
    network = MLP(SIZES, seed=seed)
    losses = [evaluate(network, data)["loss"]]

    def look(epoch: Epoch) -> None:
        losses.append(evaluate(network, data)["loss"])

    try:
        fit(
            network,
            data,
            epochs=epochs,
            optimiser=OPTIMISERS[optimiser](network.parameters(), rate),
            batch_size=batch_size,
            schedule=schedule,
            seed=seed,
            progress=False,
            after_epoch=look,
        )
    except FloatingPointError:
        losses += [DIVERGED] * (epochs + 1 - len(losses))
    return losses


Curves = dict[tuple[str, float], list[list[float]]]


def over_decades(curves: Curves, rates: Sequence[float], epochs: int) -> list[Part]:
    """Too small, right, too large."""
    ends = {key: [losses[-1] for losses in runs] for key, runs in curves.items()}
    means = {key: float(np.mean(values)) for key, values in ends.items()}
    best = {name: min(rates, key=lambda rate: means[name, rate]) for name in OPTIMISERS}
    start = float(np.mean([losses[0] for runs in curves.values() for losses in runs]))
    rose = [rate for rate in rates if means["SGD", rate] > start]
    slow = [rate for rate in rates if rate < best["SGD"] and means["SGD", rate] > start / 2]
    sentences = [f"SGD does best with a rate of {best['SGD']:g}: its loss falls from {start:.2f} to "]
    sentences[0] += f"{means['SGD', best['SGD']]:.3f}."
    if slow:
        sentences.append(
            f"With {_list(slow)} it goes the right way, but would take many times as long: after {epochs} "
            "epochs more than half of the loss is still there."
        )
    if rose:
        sentences.append(
            f"With {_list(rose)} the loss ends higher than it began: the steps overshoot the valley. A "
            "tanh network does not always blow up for that: its neurons saturate, and there it stays."
        )
    useful = {name: sum(means[name, rate] < start / 2 for rate in rates) for name in OPTIMISERS}
    return [
        "A step is the gradient times the learning rate. The gradient says how the loss changes close by. If "
        "the step is too long, it leaves the place that the gradient speaks of; if it is too short, a "
        f"great many are needed. Here are {len(rates)} rates, each ten times the one before, for a "
        f"{'-'.join(map(str, SIZES))} network on two rings, in batches of 16.",
        Picture(
            svg=draw_decades(curves, rates, "tuning-rates", width=8.4, height=4.2),
            narrow=draw_decades(curves, rates, "tuning-rates-narrow", width=3.9, height=7.6, columns=1),
            words="First: loss against epochs for each learning rate of SGD. Second: final loss against the "
            "rate, for SGD and for Adam, each with a valley.",
            caption="First: SGD with each rate, from the same weights. Second: the loss in the end, for SGD "
            f"and for Adam; the mean, the least and the greatest from {len(next(iter(curves.values())))} "
            "different weights.",
        ),
        " ".join(sentences),
        f"Adam divides the gradient by a running mean of its size, so its rate is nearly the length of a "
        f"step, and its valley may lie elsewhere: here it does best with {best['Adam']:g}, and ends at "
        f"{means['Adam', best['Adam']]:.3f}. Of the {len(rates)} rates, {useful['SGD']} took more than half "
        f"of the loss away with SGD, and {useful['Adam']} with Adam.",
    ]


def draw_decades(
    curves: Curves, rates: Sequence[float], name: str, *, width: float, height: float, columns: int = 2
) -> str:
    figure, (left, right) = plot(3 - columns, columns, width=width, height=height)
    lines = {}
    for i, rate in enumerate(rates):
        losses = curves["SGD", rate][0]
        look: dict[str, Any] = {"color": COLORS[i], "marker": MARKERS[i], "markersize": 4}
        finite = [loss if isfinite(loss) else np.nan for loss in losses]
        (lines[f"{rate:g}"],) = left.semilogy(finite, STYLES[i % 4], markevery=5, **look)
    for i, optimiser in enumerate(OPTIMISERS):
        ends = np.array([[run[-1] for run in curves[optimiser, rate]] for rate in rates])
        ends[~np.isfinite(ends)] = np.nan
        mean = ends.mean(axis=1)
        bars = [mean - ends.min(axis=1), ends.max(axis=1) - mean]
        style = {"color": COLORS[6 - i], "marker": MARKERS[6 - i], "linestyle": STYLES[i]}
        right.errorbar(rates, mean, bars, label=optimiser, capsize=3, **style)
    right.set(xscale="log", yscale="log", xlabel="learning rate")
    left.set(xlabel="epochs")
    left.set_title("loss, with SGD at each rate", loc="left")
    right.set_title(f"loss after {len(losses) - 1} epochs", loc="left")
    right.legend(frameon=False, labelcolor=INK, loc="upper left")
    legend(figure, lines, 6 if columns == 2 else 3)
    return to_svg(figure, name)


def schedules(data: Data, epochs: int, seeds: Sequence[int], rate: float = 3.0, size: int = 8) -> list[Part]:
    """The rate changed on the way."""
    updates = epochs * -(-len(data) // size)
    tenth = max(1, updates // 10)
    kinds: dict[str, Schedule] = {
        "constant": constant(),
        "steps": step_decay(max(1, updates // 3), 0.2),
        "cosine": cosine(updates),
        "warm-up, then cosine": warm_up(tenth, cosine(updates - tenth)),
    }
    runs = {
        name: [
            learning(data, "SGD", rate, epochs, seed, batch_size=size, schedule=schedule) for seed in seeds
        ]
        for name, schedule in kinds.items()
    }
    ends = {name: [losses[-1] for losses in of_kind] for name, of_kind in runs.items()}
    rows = [
        (name, float(np.mean(values)), float(max(values)), float(np.mean([_unrest(r) for r in runs[name]])))
        for name, values in ends.items()
    ]
    best = min(rows, key=lambda row: row[1])
    held = rows[0]
    return [
        "The best rate is not the same all the way. Far from the valley long steps get on; close to it they "
        "only jump from side to side, driven by the noise of the batches. A schedule makes the rate fall on "
        "the way: in steps, or along a cosine. A warm-up makes it rise at first, until the weights "
        f"have found their bearings. The highest rate of each is {rate:g}, in batches of {size}.",
        Picture(
            svg=draw_schedules(kinds, runs, updates, "tuning-schedules", width=8.4, height=3.9),
            narrow=draw_schedules(
                kinds, runs, updates, "tuning-schedules-narrow", width=3.9, height=7.2, columns=1
            ),
            words="First: what the rate is multiplied by over the updates, for four schedules. Second: the "
            "loss over the epochs for each.",
            caption="First: what the rate is multiplied by. Second: the loss, from the same weights.",
        ),
        Table(
            ("schedule", "loss in the end, mean", "worst", "unrest"),
            rows,
            caption=f"From {len(seeds)} different weights. The unrest: by what factor the loss changes from "
            "one epoch to the next, on average over the last third.",
        ),
        (
            f"The schedule “{best[0]}” ends lowest, at {best[1]:.3g}; the constant rate at {held[1]:.3g}."
            if best is not held
            else "Here the constant rate ends lowest: a schedule is no help in itself."
        ),
    ]


def _unrest(losses: Sequence[float]) -> float:
    last = np.array(losses[-max(2, len(losses) // 3) :])
    return float(np.exp(np.mean(np.abs(np.diff(np.log(last)))))) if np.isfinite(last).all() else inf


def draw_schedules(
    kinds: dict[str, Schedule],
    runs: dict[str, list[list[float]]],
    updates: int,
    name: str,
    *,
    width: float,
    height: float,
    columns: int = 2,
) -> str:
    figure, (left, right) = plot(3 - columns, columns, width=width, height=height)
    lines = {}
    for i, (kind, schedule) in enumerate(kinds.items()):
        steps = np.unique(np.linspace(0, updates - 1, 200).astype(int))
        left.plot(steps, [schedule(int(step)) for step in steps], STYLES[i], color=COLORS[i])
        finite = [loss if isfinite(loss) else np.nan for loss in runs[kind][0]]
        (lines[kind],) = right.semilogy(finite, STYLES[i], color=COLORS[i])
    left.set(xlabel="updates", ylim=(0, 1.06))
    left.set_title("factor of the rate", loc="left")
    right.set(xlabel="epochs")
    right.set_title("loss", loc="left")
    legend(figure, lines, 4 if columns == 2 else 2)
    return to_svg(figure, name)


def search(parts: Split, epochs: int, trials: int, k: int, seed: int) -> list[Part]:
    """Grid search and random search under cross-validation."""
    # What is left beside the test part; the folds make their own validation parts of it.
    data = Data(*(np.concatenate([getattr(p, a) for p in parts[:2]]) for a in ("inputs", "targets")))
    scores: dict[tuple[float, int], Score] = {}

    def loss(rate: float, batch: int) -> float:
        def train_and_score(train: Data, validation: Data) -> float:
            network = trained(train, rate, batch, epochs, seed)
            return evaluate(network, validation)["loss"] if network else DIVERGED

        with np.errstate(invalid="ignore"):  # the deviation, if a training diverged
            scores[rate, batch] = cross_validate(train_and_score, data, k, seed)
        return scores[rate, batch].mean

    rates, sizes = (0.1, 1.0, 10.0), (16, 64)
    distributions = {
        "rate": lambda rng: float(10 ** rng.uniform(log10(rates[0]), log10(rates[-1]))),
        "batch": lambda rng: int(2 ** rng.uniform(4, 6)),
    }
    found = {
        "grid": grid_search(loss, {"rate": rates, "batch": sizes}),
        "random": random_search(loss, distributions, trials, seed=seed),
    }
    ranked = sorted(
        ((how, trial) for how, trial_list in found.items() for trial in trial_list),
        key=lambda pair: pair[1].score,
    )
    rows = []
    for how, trial in ranked[:6]:
        score = scores[trial.settings["rate"], trial.settings["batch"]]
        rows.append((how, trial.settings["rate"], trial.settings["batch"], score.mean, score.deviation))
    how, best = ranked[0]
    network = trained(data, **best.settings, epochs=epochs, seed=seed)
    tested = accuracy(network, parts.test) if network else 0.0
    return [
        f"How is a good rate found? By trying. Grid search takes every combination of some values, here "
        f"{len(rates)} rates and {len(sizes)} sizes of the batch; random search draws {trials} settings, the "
        f"rate evenly on a logarithmic scale, since it is its order of magnitude that matters. One "
        f"validation set may favour a setting by chance, so each is scored by cross-validation: the "
        f"{len(data)} examples that are not kept for the test are dealt into {k} folds, and the network is "
        f"trained {k} times, each time validated on another fold.",
        Picture(
            svg=draw_search(found, scores, "tuning-search", width=8.4, height=4.0),
            narrow=draw_search(found, scores, "tuning-search-narrow", width=3.9, height=4.2),
            words="Validation loss against the learning rate: the points of the grid stand in columns, "
            "one for each rate, and those of the random search are spread over all rates.",
            caption="Each point is a setting: the mean over the folds, and the standard deviation. The grid "
            f"has tried {len(rates)} rates, random search {trials}.",
        ),
        Table(
            ("found by", "rate", "batch", "loss, mean", "deviation"),
            rows,
            caption=f"The best of the {len(ranked)} settings: validation loss over {k} folds.",
        ),
        f"The best setting is one of the {how} search: rate {best.settings['rate']:.3g}, batches of "
        f"{best.settings['batch']}. "
        + (
            "But the next ones are within its deviation; which of them is really best, these "
            f"{len(data)} examples cannot say. "
            if rows[1][3] - rows[0][3] < rows[0][4]
            else ""
        )
        + f"Trained once more with it, on all {len(data)} examples, the network gets {tested:.1%} of the "
        f"{len(parts.test)} test examples right. They were not looked at before.",
    ]


def trained(data: Data, rate: float, batch: int, epochs: int, seed: int) -> MLP | None:
    """A network trained by SGD; None if it diverged."""
    network = MLP(SIZES, seed=seed)
    optimiser = SGD(network.parameters(), rate)
    try:
        fit(network, data, epochs=epochs, optimiser=optimiser, batch_size=batch, seed=seed, progress=False)
    except FloatingPointError:
        return None
    return network


def draw_search(
    found: dict[str, list[Trial]],
    scores: dict[tuple[float, int], Score],
    name: str,
    *,
    width: float,
    height: float,
) -> str:
    figure, axes = plot(width=width, height=height)
    for i, (how, trials) in enumerate(found.items()):
        finite = [trial.settings for trial in trials if isfinite(trial.score)]
        rates = [settings["rate"] for settings in finite]
        of = [scores[settings["rate"], settings["batch"]] for settings in finite]
        look = {"color": COLORS[i], "marker": MARKERS[i], "markerfacecolor": (PAPER, COLORS[i])[i]}
        axes.errorbar(
            rates, [s.mean for s in of], [s.deviation for s in of], fmt="none", ecolor=INK, alpha=0.3
        )
        axes.plot(rates, [s.mean for s in of], linestyle="", label=f"{how} search", zorder=3, **look)
    axes.set(xscale="log", yscale="log", xlabel="learning rate")
    axes.set_title("validation loss", loc="left")
    figure.legend(loc="outside upper left", ncols=2, frameon=False, labelcolor=INK)
    return to_svg(figure, name)


def _list(numbers: Sequence[float]) -> str:
    *most, last = (f"{number:g}" for number in numbers)
    return f"{', '.join(most)} and {last}" if most else last


if __name__ == "__main__":
    sys.exit(alone(answer, "tuning"))
