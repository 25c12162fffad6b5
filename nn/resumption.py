"""The state of a training between two epochs: saved to a checkpoint and resumed from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from math import inf
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from autograd import Tensor
from nn.checkpoints import load, save
from nn.data import Data
from nn.history import Epoch, History
from nn.module import Module
from nn.optimisers import Optimiser
from nn.seeds import generator_of

__all__ = ["STEPS", "Training", "name_of", "settings_of"]

# The name of a setting: whether updates are compiled code.
STEPS = "use of compiled steps"


class Training:
    """Everything the rest of a training depends on, so that resuming gives the same numbers bit for bit.

    Args:
        model: the model in training.
        optimiser: of its parameters.
        seed: of the order of the examples.
        keep_best: whether to keep the parameters of the epoch with the least validation loss.

    Attributes:
        rng: shuffles the examples.
        history: the epochs completed.
        rate: of the optimiser, before the schedule's factor.
        rates: the same in each completed epoch.
        best: the parameters of the best epoch, by name; None if there is none, or they are not kept.
    """

    def __init__(self, model: Module, optimiser: Optimiser, seed: int, *, keep_best: bool) -> None:
        self.model = model
        self.optimiser = optimiser
        self.rng = generator_of(seed)
        self.keep_best = keep_best
        self.history = History()
        self.rate = optimiser.rate
        self.rates: list[float] = []
        self.best: dict[str, Any] | None = None
        # The rounding of a matrix product depends on the layout in memory. Arrays read from a file are
        # in C order, so all parameters are from the start.
        for parameter in model.parameters():
            if isinstance(parameter, Tensor):
                parameter.data = np.array(parameter.data, order="C")

    def add(self, epoch: Epoch) -> None:
        """Record an epoch that the model has just completed."""
        self.history.add(epoch)
        self.rates.append(self.rate)
        if self.keep_best and self.history.best is epoch:
            self.best = self.model.state_dict()

    def save(self, path: Path, settings: Mapping[str, Any]) -> None:
        """Write the training to a file, with the settings required to resume it."""
        parts = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "best": self.best or {},
        }
        metadata = {
            "kind": "training",
            "settings": settings,
            "shuffling": self.rng.bit_generator.state,
            "generators": self.model.extra_state(),
            "epochs": [epoch._asdict() for epoch in self.history.epochs],
            "rates": [*self.rates, self.rate],
        }
        arrays = {f"{part}.{name}": array for part, state in parts.items() for name, array in state.items()}
        save(path, arrays, metadata)

    def resume(
        self, path: Path, settings: Mapping[str, Any], epochs: int, factor: Callable[[int], float]
    ) -> None:
        """Continue the training in a file; an error leaves everything unchanged.

        Args:
            path: of the file.
            settings: must equal the settings in the file.
            epochs: the most that the training may have completed.
            factor: of the learning rate at the last update of an epoch, which must have been the same.

        Raises:
            ImportError, OSError: as `nn.checkpoints.load`.
            ValueError: the file is damaged, or holds no training, or one of another model or other
                settings.
        """
        saved = _SavedTraining.read(path)
        done = saved.history.epochs
        if len(done) > epochs:
            raise ValueError(
                f"{path} holds {len(done)} epochs, more than the {epochs} of this call: "
                "give at least as many, or another path, or resume=False"
            )
        asked = {
            **json.loads(json.dumps(settings)),
            "schedule": [r * factor(epoch.epoch) for r, epoch in zip(saved.rates, done, strict=False)],
        }
        if saved.settings[STEPS] is None:  # the file does not say
            del asked[STEPS]
        for name in asked:
            if saved.settings.get(name) != asked[name]:
                raise ValueError(
                    f"{path} holds a training with another {name}, {saved.settings.get(name)!r:.300}, not "
                    f"{asked[name]!r:.300}: give the same, or another path, or resume=False"
                )
        self._take(saved, path)

    def _take(self, saved: _SavedTraining, path: Path) -> None:
        model, generators = self.model.state_dict(), self.model.extra_state()
        memories, best = self.optimiser.state_dict(), saved.parts["best"]
        try:
            if best:
                self.model.load_state_dict(best)  # only to see whether it fits
            self.model.load_state_dict(saved.parts["model"])
            self.model.load_extra_state(saved.generators)
            self.optimiser.load_state_dict(saved.parts["optimiser"])
            self.rng, self.history, self.best = saved.rng, saved.history, best or None
            *self.rates, self.rate = saved.rates
        except BaseException as error:  # an interrupt too
            self.model.load_state_dict(model)
            self.model.load_extra_state(generators)
            self.optimiser.load_state_dict(memories)
            if not isinstance(error, (KeyError, TypeError, ValueError)):
                raise
            raise ValueError(f"{path} does not hold a whole training: {error}") from None


class _SavedTraining(NamedTuple):
    """The content of a checkpoint.

    Attributes:
        history: the epochs completed.
        settings: what must be the same to resume, the rates that the schedule gave among them.
        rates: of the optimiser, before the schedule's factor: in each epoch, and in the next.
        rng: shuffles the examples.
        generators: the states of the model's random generators.
        parts: the arrays of the model, the optimiser and the best model, by name.
    """

    history: History
    settings: dict[str, Any]
    rates: list[float]
    rng: np.random.Generator
    generators: Any
    parts: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> _SavedTraining:
        arrays, metadata = load(path)
        if metadata.get("kind") != "training":
            raise ValueError(f"{path} holds no training to resume: give another path, or resume=False")
        try:
            history = History([_epoch(number, saved) for number, saved in enumerate(metadata["epochs"], 1)])
            # A schedule may be any function, so it is compared by the rates it gave.
            rates = [epoch.rate for epoch in history.epochs]
            settings = dict(metadata["settings"])
            settings = {**_steps(settings), **settings, "schedule": rates}
            rng = _generator(metadata["shuffling"])
            parts: dict[str, dict[str, Any]] = {"best": {}, "model": {}, "optimiser": {}}
            for key, array in arrays.items():
                part, _, name = key.partition(".")
                parts[part][name] = array
            own = _rates(metadata, settings, len(rates) + 1)
            return cls(history, settings, own, rng, metadata["generators"], parts)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} does not hold a whole training: {error}") from None


def _epoch(number: int, saved: Any) -> Epoch:
    """Read one epoch of the history.

    Raises:
        TypeError, ValueError: a field is missing, unknown or of another type, or the epochs are not
            numbered from 1.
    """
    epoch = Epoch(**saved)
    kinds = {"epoch": (int,), "examples": (int,), "validation": (dict,)}
    for name, value in epoch._asdict().items():
        if type(value) not in kinds.get(name, (int, float)):
            raise TypeError(f"the {name} of epoch {number} is {value!r:.60}")
    if epoch.epoch != number:
        raise ValueError(f"epoch {number} has the number {epoch.epoch}")
    if epoch.validation and not (
        "loss" in epoch.validation and all(type(x) in (int, float) for x in epoch.validation.values())
    ):
        raise ValueError(f"the validation of epoch {number} is {epoch.validation!r:.60}")
    return epoch


def _rates(metadata: Mapping[str, Any], settings: Mapping[str, Any], count: int) -> list[float]:
    """Read the optimiser's rates. Files of version 0.4.0 and earlier have none: no function changed it.

    Raises:
        TypeError, ValueError: they are not so many finite numbers of at least 0.
    """
    if "rates" not in metadata:
        optimiser = settings.get("optimiser")
        rate = optimiser[1] if isinstance(optimiser, list) and len(optimiser) > 1 else None
        rates = [rate] * count
    else:
        rates = metadata["rates"]
    if not isinstance(rates, list) or len(rates) != count:
        raise ValueError(f"the rates must be a list of {count} numbers, not {rates!r:.60}")
    for rate in rates:
        if type(rate) not in (int, float) or not 0 <= rate < inf:
            raise ValueError(f"a rate must be a finite number of at least 0, not {rate!r:.60}")
    return list(map(float, rates))


def _generator(state: Any) -> np.random.Generator:
    """Make a generator in this state.

    Raises:
        ValueError: it is not a state of NumPy's default generator.
    """
    rng = np.random.default_rng(0)
    try:
        rng.bit_generator.state = state
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        raise ValueError(f"the state of its random generator is {state!r:.60}") from None
    return rng


def _steps(settings: Mapping[str, Any]) -> dict[str, bool | None]:
    """Whether steps were compiled, for files that do not say: of version 0.4.0 (None) and earlier."""
    return {STEPS: None if settings.get("compiled") else False}


def settings_of(
    model: Module,
    loss: Callable[..., Any],
    optimiser: Optimiser,
    data: Data,
    validation: Data | None,
    **others: Any,
) -> dict[str, Any]:
    """Everything that must be the same to resume a training, by name, for JSON.

    Arguments as for `nn.fit`, and further settings by name.
    """
    index = {id(parameter): i for i, parameter in enumerate(model.parameters())}
    return {
        "model": name_of(model),
        "data": _fingerprint(data),
        "validation": None if validation is None else _fingerprint(validation),
        "loss": name_of(loss),
        "optimiser": [type(optimiser).__name__, optimiser.rate, optimiser.settings],
        "choice of parameters": [index[id(parameter)] for parameter in optimiser.parameters],
        # JSON does not know NumPy's numbers.
        **{name: x.item() if isinstance(x, np.generic) else x for name, x in others.items()},
    }


def name_of(model_or_function: Module | Callable[..., Any]) -> str:
    """The ``repr`` of a model or function without addresses in memory, so the same in every run."""
    return " ".join(re.sub(r" at 0x[0-9a-fA-F]+", "", repr(model_or_function)).split())


def _fingerprint(data: Data) -> str:
    """The number of examples and a checksum of them."""
    checksum = 0
    weights = () if data.weights is None else (data.weights,)
    for array in (data.inputs, data.targets, *weights):
        checksum = crc32(np.ascontiguousarray(array).data, checksum)
    return f"{len(data)} examples with checksum {checksum:08x}"
