"""A training as it stands between two epochs, and how it is written to a file and taken up again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from autograd import Tensor
from nn.checkpoints import load, save
from nn.data import Data
from nn.history import Epoch, History
from nn.module import Module
from nn.optimisers import Optimiser
from nn.seeds import generator_of

__all__ = ["Training", "fingerprint", "name_of"]


class Training:
    """All that the rest of a training depends on: resumed from it, training ends with the same bits.

    Args:
        model: what is trained.
        optimiser: of its parameters.
        seed: of the order of the examples.
        keep_best: whether to remember the parameters of the epoch with the least validation loss.

    Attributes:
        rng: what shuffles the examples.
        history: the epochs so far.
        best: the parameters of the best epoch, by name; None if there is none, or they are not kept.
    """

    def __init__(self, model: Module, optimiser: Optimiser, seed: int, *, keep_best: bool) -> None:
        self.model = model
        self.optimiser = optimiser
        self.rng = generator_of(seed)
        self.keep_best = keep_best
        self.history = History()
        self.best: dict[str, Any] | None = None
        # A matrix product may round otherwise if a matrix lies otherwise in memory. What is read from
        # a file lies in C's order, so all do from the start.
        for parameter in model.parameters():
            if isinstance(parameter, Tensor):
                parameter.data = np.array(parameter.data, order="C")

    def add(self, epoch: Epoch) -> None:
        """One epoch more, after which the model is as it is now."""
        self.history.add(epoch)
        if self.keep_best and self.history.best is epoch:
            self.best = self.model.state_dict()

    def save(self, path: Path, settings: Mapping[str, Any]) -> None:
        """Write it to a file, with the settings that it must be resumed with."""
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
        }
        arrays = {f"{part}.{name}": array for part, state in parts.items() for name, array in state.items()}
        save(path, arrays, metadata)

    def resume(
        self, path: Path, settings: Mapping[str, Any], epochs: int, rate: Callable[[int], float]
    ) -> None:
        """Take up what a file holds; an error leaves everything as it was.

        Args:
            path: of the file.
            settings: which must be those of the training in the file.
            epochs: the most that it may have gone through.
            rate: the learning rate of the last update of an epoch, which must have been the same.

        Raises:
            ImportError, OSError: as `nn.checkpoints.load`.
            ValueError: it is damaged, or holds no training, or that of another model or other settings.
        """
        arrays, metadata = load(path)
        if metadata.get("kind") != "training":
            raise ValueError(f"{path} holds no training to resume: give another path, or resume=False")
        try:
            history = History([Epoch(**epoch) for epoch in metadata["epochs"]])
            # A schedule may be any function, and is known by what it gave so far. Where nothing is said of
            # compiled steps, the file is from before there were any.
            settled = {"compiled": False, **metadata["settings"]}
            saved = {**settled, "schedule": [epoch.rate for epoch in history.epochs]}
            generators, rng = metadata["generators"], np.random.default_rng(0)
            rng.bit_generator.state = metadata["shuffling"]
            parts: dict[str, dict[str, Any]] = {"best": {}, "model": {}, "optimiser": {}}
            for key, array in arrays.items():
                part, _, name = key.partition(".")
                parts[part][name] = array
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} does not hold a whole training: {error}") from None
        if len(history.epochs) > epochs:
            raise ValueError(
                f"{path} holds {len(history.epochs)} epochs, more than the {epochs} asked for: "
                "ask for as many at least, or give another path, or resume=False"
            )
        asked = {
            **json.loads(json.dumps(settings)),
            "schedule": [float(rate(epoch.epoch)) for epoch in history.epochs],
        }
        for name in asked:
            if saved.get(name) != asked[name]:
                raise ValueError(
                    f"{path} holds a training with another {name}, {saved.get(name)!r:.300}, not "
                    f"{asked[name]!r:.300}: go on with the same, or give another path, or resume=False"
                )
        before = self.model.state_dict(), self.model.extra_state()
        try:
            if parts["best"]:
                self.model.load_state_dict(parts["best"])  # only to see whether it fits
            self.model.load_state_dict(parts["model"])
            self.model.load_extra_state(generators)
            self.optimiser.load_state_dict(parts["optimiser"])
        except (KeyError, TypeError, ValueError) as error:
            self.model.load_state_dict(before[0])
            self.model.load_extra_state(before[1])
            raise ValueError(f"{path} does not hold a whole training: {error}") from None
        self.rng, self.history, self.best = rng, history, parts["best"] or None


def name_of(model_or_function: Module | Callable[..., Any]) -> str:
    """What a model is made of, or which function it is, the same in every run."""
    # Some are shown with their place in memory.
    return " ".join(re.sub(r" at 0x[0-9a-fA-F]+", "", repr(model_or_function)).split())


def fingerprint(data: Data | None) -> str | None:
    """How many examples there are, and a checksum of them: other data would make another training."""
    if data is None:
        return None
    checksum = 0
    for array in (data.inputs, data.targets):
        checksum = crc32(np.ascontiguousarray(array).data, checksum)
    return f"{len(data)} examples with checksum {checksum:08x}"
