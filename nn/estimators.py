"""`NetworkEstimator`: what the classifier and the regressor of `nn.sklearn` share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from functools import partial
from math import inf
from numbers import Integral, Real
from typing import Any, Self
from warnings import warn

import numpy as np

from nn.checks import check_functions_or_none, check_model
from nn.data import Data, TwoWaySplit, split
from nn.evaluation import evaluate, predict
from nn.history import Epoch, History
from nn.mlp import MLP
from nn.module import Module
from nn.optimisers import SGD, Adam, AdamW, Optimiser
from nn.resumption import Training
from nn.schedules import Schedule, constant
from nn.step_choice import choose_step
from nn.training import Epochs, fit

try:
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError:
    raise ImportError(
        "nn.sklearn extends scikit-learn 1.6 or later, which is not installed: pip install 'whygrad[sklearn]'"
    ) from None

__all__ = ["PRECISIONS", "NetworkEstimator", "weights_of"]

# Activations whose scikit-learn name differs from ours.
ACTIVATIONS = {"logistic": "sigmoid"}
# The parameters that make a network, and the ones of its optimiser and updates: a training goes on only with
# the same.
NETWORK = ("hidden_layer_sizes", "activation", "network")
UPDATES = (
    *("solver", "momentum", "nesterovs_momentum", "beta_1", "beta_2", "epsilon"),
    *("weight_decay", "clip"),
)
# Inputs of one of these types keep it, others become the first; the network computes in the same type.
PRECISIONS = (np.float64, np.float32)


@dataclass(eq=False, repr=False)
class NetworkEstimator(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """What `NetworkClassifier` and `NetworkRegressor` share: the parameters, and training by `nn.fit`.

    A parameter named as in scikit-learn's ``MLPClassifier`` means the same, except where stated.

    Args:
        hidden_layer_sizes: the widths of the hidden layers, or one width.
        activation: ``"relu"``, ``"tanh"``, ``"logistic"``, ``"identity"``, or another that `nn.MLP` takes.
        solver: ``"adam"``, ``"sgd"`` or ``"adamw"``.
        weight_decay: of the optimiser. It is not scikit-learn's ``alpha``, which is divided by the batch
            size and does not apply to biases.
        batch_size: the number of examples per update; ``"auto"`` for 200, or all if there are fewer, as in
            scikit-learn; None for all. Unless one batch holds all examples, they are shuffled before each
            epoch.
        learning_rate_init: the learning rate, which the schedule multiplies.
        schedule: a function of the number of updates, such as one of `nn.schedules`.
        max_iter: the maximum number of epochs.
        random_state: a seed, a ``numpy.random.RandomState`` or None, for the weights, the order of examples
            and the choice of the validation part.
        tol: training ends once the loss has not fallen by this much for ``n_iter_no_change`` epochs in a row;
            if ``max_iter`` epochs come first, a ConvergenceWarning says so. None trains for ``max_iter``
            epochs, without a warning.
        verbose: whether to show a progress bar, if standard error is a terminal.
        warm_start: whether `fit` starts from the weights of the last call, with a new optimiser. The network
            and its classes stay as at the first call.
        momentum: of the solver ``"sgd"``.
        nesterovs_momentum: whether it is Nesterov's.
        early_stopping: whether to keep part of the examples for validation, end the training after
            ``n_iter_no_change`` epochs without a lower validation loss, and return to the weights of the best
            epoch. scikit-learn compares scores instead of losses.
        validation_fraction: the fraction of the examples kept for validation, between 0 and 1.
        beta_1: the decay rate of the first moment, for ``"adam"`` and ``"adamw"``.
        beta_2: the decay rate of the second moment, likewise.
        epsilon: added to the denominator of the update, likewise.
        n_iter_no_change: see ``tol`` and ``early_stopping``.
        clip: the greatest norm of a gradient; longer ones are scaled down to it. None for no limit.
        after_epoch: a function called with the `nn.Epoch` just completed, as by `nn.fit`: to log it, or to
            raise StopIteration to end the training.
        network: a function that makes the `nn.Module` to train, instead of an MLP. It is called with the
            number of features, the number of outputs, and the generator to draw weights from.

    Attributes:
        model_: the network, a `nn.Module`.
        history_: the `nn.History` of the training.
    """

    hidden_layer_sizes: Any = (100,)
    activation: str = "relu"
    _: KW_ONLY
    solver: str = "adam"
    weight_decay: float = 0.0
    batch_size: int | str | None = "auto"
    learning_rate_init: float = 1e-3
    schedule: Schedule | None = None
    max_iter: int = 200
    random_state: Any = None
    tol: float | None = 1e-4
    verbose: bool = False
    warm_start: bool = False
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: float = 0.1
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    n_iter_no_change: int = 10
    clip: float | None = None
    after_epoch: Callable[[Epoch], object] | None = None
    network: Callable[[int, int, np.random.Generator], Module] | None = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network, or with ``warm_start`` the one trained before.

        Ctrl-C raises KeyboardInterrupt after the current update; the estimator keeps the weights so far.

        Args:
            X: (examples, features): an array, or a frame of pandas or polars with numbers in its columns.
            y: (examples,), the labels or the values; for a regressor also (examples, outputs).
            sample_weight: (examples,), the weight of each example, at least 0; by default all are 1.

        Raises:
            TypeError, ValueError: the examples are not finite numbers, their lengths differ, or a parameter
                is out of range.
            FloatingPointError: the training diverged.
        """
        self._check_parameters()
        keeps = self.warm_start and hasattr(self, "model_")
        if keeps:
            self._check_unchanged(NETWORK, "warm_start continues with", "set warm_start=False")
        data = self._examples(X, y, sample_weight, is_first=not keeps)
        self._begin(data, keeps=keeps)
        data, validation = self._parts(data) if self.early_stopping else (data, None)
        plateau = _Plateau(self.after_epoch, None if self.early_stopping else self.tol, self.n_iter_no_change)
        self.history_ = fit(
            self.model_,
            data,
            epochs=self.max_iter,
            loss=self._loss,
            optimiser=self._optimiser,
            batch_size=self._size(data),
            validation=validation,
            schedule=self.schedule,
            clip=self.clip,
            metrics=self._metrics,
            patience=self.n_iter_no_change if self.early_stopping else None,
            seed=self._seed,
            progress=bool(self.verbose),
            after_epoch=plateau,
        )
        if self.history_.interrupted:
            raise KeyboardInterrupt
        if plateau.tol is not None and self.n_iter_ == self.max_iter and not plateau.is_reached:
            warn(
                f"the loss had not settled after max_iter={self.max_iter} epochs: raise max_iter or tol",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _learn(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        """Train for one more epoch, on these examples."""
        if self.early_stopping:
            raise ValueError(
                "partial_fit cannot stop early, since it sees only some examples: set early_stopping=False"
            )
        self._check_parameters()
        is_first = not hasattr(self, "model_")
        if not is_first:
            self._check_unchanged(NETWORK + UPDATES, "partial_fit continues with", "call fit")
        data = self._examples(X, y, sample_weight, classes, is_first=is_first)
        if is_first:
            self._begin(data, keeps=False)
        if not hasattr(self, "_training"):
            self._training = Training(self.model_, self._optimiser, self._seed, keep_best=False)
            self._training.history = self.history_
        if self.learning_rate_init != self._made_by["learning_rate_init"]:
            self._optimiser.rate = self._training.rate = self.learning_rate_init
            self._made_by["learning_rate_init"] = self.learning_rate_init
        if not hasattr(self, "_step"):  # keeps compiled code between calls
            self._step = choose_step(self.model_, data, self._loss, self._optimiser, self.clip, None)
        epochs = Epochs(
            self._training,
            self._step,
            data,
            epochs=len(self.history_.epochs) + 1,
            batch_size=self._size(data),
            schedule=constant() if self.schedule is None else self.schedule,
            measure=partial(evaluate, self.model_, loss=self._loss),
            validation=None,
            patience=None,
            after_epoch=self.after_epoch,
        )
        if epochs.run(progress=False).interrupted:
            raise KeyboardInterrupt
        return self

    def _begin(self, data: Data, *, keeps: bool) -> None:
        """Make the optimiser and, unless ``keeps``, a new network."""
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        if not keeps:
            self.model_ = self._network_for(data)
        self._optimiser = self._optimiser_of(self.model_)
        self._made_by = {name: getattr(self, name) for name in (*NETWORK, *UPDATES, "learning_rate_init")}
        self.history_ = History()
        for name in ("_training", "_step"):
            self.__dict__.pop(name, None)

    def _check_unchanged(self, names: Iterable[str], what: str, remedy: str) -> None:
        """Raise ValueError if a parameter is not as it was when training began."""
        for name in names:
            before, now = self._made_by[name], getattr(self, name)
            is_other = str(now) != str(before) if name == "hidden_layer_sizes" else now != before
            if is_other:
                raise ValueError(
                    f"{what} {name}={before!r:.60}, not {now!r:.60}: "
                    f"set it back, or {remedy} for a new network"
                )

    def _parts(self, data: Data) -> TwoWaySplit:
        """The examples to train on, and to validate on for early stopping."""
        fraction = self.validation_fraction
        try:
            return split(
                data.inputs,
                data.targets,
                fractions=(1 - fraction, fraction),
                seed=self._seed,
                weights=data.weights,
            )
        except ValueError:
            raise ValueError(
                f"there are too few examples (n_samples={len(data)}) for early_stopping, which keeps "
                f"validation_fraction={fraction} of them, and of each class, for validation: give at least "
                "two of each class, or set early_stopping=False"
            ) from None

    def _network_for(self, data: Data) -> Module:
        rng = np.random.default_rng(self._seed)
        if self.network is not None:
            return self._given_network(data, rng)
        hidden = self.hidden_layer_sizes
        widths: list[int] = list(hidden) if isinstance(hidden, Iterable) else [hidden]
        if not all(isinstance(width, Integral) and width >= 1 for width in widths):
            raise ValueError(
                f"hidden_layer_sizes must be whole numbers of at least 1, such as (100,), not {hidden!r:.60}"
            )
        return MLP(
            [data.inputs.shape[1], *widths, self._outputs],
            activation=ACTIVATIONS.get(self.activation, self.activation),
            seed=rng,
            dtype=data.inputs.dtype,
        )

    def _given_network(self, data: Data, rng: np.random.Generator) -> Module:
        if isinstance(self.network, Module) or not callable(self.network):
            raise TypeError(f"network must be a function that makes a Module, not {self.network!r:.60}")
        model = self.network(data.inputs.shape[1], self._outputs, rng)
        check_model(model)
        shape = predict(model, data.inputs[:1]).shape
        if shape != (1, self._outputs):
            raise ValueError(
                f"network must give {self._outputs} outputs for each example, and its model gives "
                f"{' x '.join(map(str, shape[1:])) or 'one number'}"
            )
        return model

    def _optimiser_of(self, model: Module) -> Optimiser:
        parameters, rate = model.parameters(), self.learning_rate_init
        if self.solver == "sgd":
            nesterov = bool(self.nesterovs_momentum and self.momentum)
            return SGD(
                parameters,
                rate,
                momentum=self.momentum,
                nesterov=nesterov,
                weight_decay=self.weight_decay,
            )
        adams = {"adam": Adam, "adamw": AdamW}
        if self.solver not in adams:
            raise ValueError(f"the solver must be 'adam', 'adamw' or 'sgd', not {self.solver!r:.40}")
        return adams[self.solver](
            parameters,
            rate,
            betas=(self.beta_1, self.beta_2),
            epsilon=self.epsilon,
            weight_decay=self.weight_decay,
        )

    def _size(self, data: Data) -> int | None:
        """The number of examples per update; None for all of them, in their given order."""
        size = 200 if self.batch_size == "auto" else self.batch_size
        if isinstance(size, Integral):
            return None if size >= len(data) else int(size)
        if size is None:
            return None
        raise ValueError(f"batch_size must be a whole number, 'auto' or None for all, not {size!r:.40}")

    def _check_parameters(self) -> None:
        """Raise an error for a parameter out of range that `nn.fit` does not check under its name."""
        check_functions_or_none({"after_epoch": self.after_epoch})
        for name in ("max_iter", "n_iter_no_change"):
            number = getattr(self, name)
            if not isinstance(number, Integral) or number < 1:
                raise ValueError(f"{name} must be a whole number of epochs, at least 1, not {number!r:.40}")
        fraction, tol = self.validation_fraction, self.tol
        if not isinstance(fraction, Real) or not 0 < fraction < 1:
            raise ValueError(f"validation_fraction must be between 0 and 1, not {fraction!r:.40}")
        if tol is not None and (not isinstance(tol, Real) or not tol >= 0):
            raise ValueError(f"tol must be a number of at least 0, or None, not {tol!r:.40}")

    def _examples(self, X: Any, y: Any, sample_weight: Any, classes: Any = None, *, is_first: bool) -> Data:
        """Check the examples. If ``is_first``, note their number of features and their classes."""
        raise NotImplementedError

    def _model_and_inputs(self, X: Any) -> tuple[Module, Any]:
        check_is_fitted(self, "model_")
        return self.model_, validate_data(self, X, reset=False, dtype=PRECISIONS)

    @property
    def n_iter_(self) -> int:
        """The number of epochs completed."""
        return len(self.history_.epochs)

    @property
    def loss_curve_(self) -> list[float]:
        """The mean loss of each epoch."""
        return [epoch.loss for epoch in self.history_.epochs]

    def __getstate__(self) -> dict[str, Any]:
        # Compiled code cannot be pickled; the next call of partial_fit makes it again.
        return {name: value for name, value in vars(self).items() if name != "_step"}


@dataclass
class _Plateau:
    """Ends the training once the loss has stopped improving; called after each epoch.

    Attributes:
        also: the user's function, called first, or None.
        tol: the least improvement that counts; None never ends the training.
        epochs: how many epochs in a row without an improvement end the training.
        is_reached: whether the training ended here.
    """

    also: Callable[[Epoch], object] | None
    tol: float | None
    epochs: int

    def __post_init__(self) -> None:
        self.is_reached = False
        self._least, self._stale = inf, 0

    def __call__(self, epoch: Epoch) -> None:
        if self.also is not None:
            self.also(epoch)
        if self.tol is None:
            return
        self._stale = 0 if epoch.loss <= self._least - self.tol else self._stale + 1
        self._least = min(self._least, epoch.loss)
        if self._stale >= self.epochs:
            self.is_reached = True
            raise StopIteration


def weights_of(sample_weight: Any, X: Any) -> Any:
    """The weights of examples, checked by scikit-learn; None if none are given."""
    return None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=np.float64)
