"""Neural networks on the engine: layers and losses, data, optimisers, training and its checkpoints.

Each name is imported from its module when it is first used (PEP 562), so ``import nn`` loads nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from whygrad import check_engine

if TYPE_CHECKING:
    from nn.attention import MultiHeadAttention
    from nn.checkpoints import Checkpoint, load, load_model, save, save_model
    from nn.clipping import clip_gradient_values, clip_gradients
    from nn.convolutional import Conv1d, Conv2d
    from nn.course import Course
    from nn.data import Data, Split, TwoWaySplit, batches, folds, one_hot, split
    from nn.embedding import Embedding
    from nn.evaluation import accuracy, evaluate, fraction_correct, predict
    from nn.executing import Interrupted
    from nn.history import Epoch, History, Update
    from nn.idx import mnist, read_idx
    from nn.initialisers import kaiming_normal, kaiming_uniform, xavier_normal, xavier_uniform, zeros
    from nn.layer_signals import Signal, signals
    from nn.layers import (
        GELU,
        Dropout,
        Flatten,
        Identity,
        Linear,
        ReLU,
        Sequential,
        Sigmoid,
        Softmax,
        Softplus,
        Tanh,
        affine,
    )
    from nn.losses import (
        binary_cross_entropy_with_logits,
        cross_entropy,
        max_margin,
        mse,
        squared_error,
    )
    from nn.mlp import MLP
    from nn.module import Module
    from nn.normalisation import LayerNorm, RMSNorm
    from nn.onnx_export import save_onnx
    from nn.optimisers import SGD, Adam, AdamW, Optimiser
    from nn.pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
    from nn.purity import pure
    from nn.scaling import Scaler
    from nn.schedules import constant, cosine, exponential, step_decay, warm_up
    from nn.search import (
        Score,
        Trial,
        cross_validate,
        grid,
        grid_search,
        learning_curve,
        random_search,
        sample,
    )
    from nn.training import fit

__all__ = [
    "GELU",
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "AvgPool1d",
    "AvgPool2d",
    "Checkpoint",
    "Conv1d",
    "Conv2d",
    "Course",
    "Data",
    "Dropout",
    "Embedding",
    "Epoch",
    "Flatten",
    "History",
    "Identity",
    "Interrupted",
    "LayerNorm",
    "Linear",
    "MaxPool1d",
    "MaxPool2d",
    "Module",
    "MultiHeadAttention",
    "Optimiser",
    "RMSNorm",
    "ReLU",
    "Scaler",
    "Score",
    "Sequential",
    "Sigmoid",
    "Signal",
    "Softmax",
    "Softplus",
    "Split",
    "Tanh",
    "Trial",
    "TwoWaySplit",
    "Update",
    "accuracy",
    "affine",
    "batches",
    "binary_cross_entropy_with_logits",
    "clip_gradient_values",
    "clip_gradients",
    "constant",
    "cosine",
    "cross_entropy",
    "cross_validate",
    "evaluate",
    "exponential",
    "fit",
    "folds",
    "fraction_correct",
    "grid",
    "grid_search",
    "kaiming_normal",
    "kaiming_uniform",
    "learning_curve",
    "load",
    "load_model",
    "max_margin",
    "mnist",
    "mse",
    "one_hot",
    "predict",
    "pure",
    "random_search",
    "read_idx",
    "sample",
    "save",
    "save_model",
    "save_onnx",
    "signals",
    "split",
    "squared_error",
    "step_decay",
    "warm_up",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

check_engine(__name__)

_NAMES = {
    "nn.attention": "MultiHeadAttention",
    "nn.checkpoints": "Checkpoint load load_model save save_model",
    "nn.clipping": "clip_gradient_values clip_gradients",
    "nn.convolutional": "Conv1d Conv2d",
    "nn.course": "Course",
    "nn.data": "Data Split TwoWaySplit batches folds one_hot split",
    "nn.embedding": "Embedding",
    "nn.evaluation": "accuracy evaluate fraction_correct predict",
    "nn.executing": "Interrupted",
    "nn.history": "Epoch History Update",
    "nn.idx": "mnist read_idx",
    "nn.initialisers": "kaiming_normal kaiming_uniform xavier_normal xavier_uniform zeros",
    "nn.layer_signals": "Signal signals",
    "nn.layers": "GELU Dropout Flatten Identity Linear ReLU Sequential Sigmoid Softmax Softplus Tanh affine",
    "nn.losses": "binary_cross_entropy_with_logits cross_entropy max_margin mse squared_error",
    "nn.mlp": "MLP",
    "nn.module": "Module",
    "nn.normalisation": "LayerNorm RMSNorm",
    "nn.onnx_export": "save_onnx",
    "nn.optimisers": "SGD Adam AdamW Optimiser",
    "nn.pooling": "AvgPool1d AvgPool2d MaxPool1d MaxPool2d",
    "nn.purity": "pure",
    "nn.scaling": "Scaler",
    "nn.schedules": "constant cosine exponential step_decay warm_up",
    "nn.search": "Score Trial cross_validate grid grid_search learning_curve random_search sample",
    "nn.training": "fit",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # or a type checker would take any name for one of the package's

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            found = getattr(import_module(_HOMES[name]), name)
            globals()[name] = found  # so that the next use does not come here
            return found
        if f"nn.{name}" in _NAMES:
            return import_module(f"nn.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
