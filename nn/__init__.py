"""Neural networks on the engine: layers and losses, data, optimisers, training and its checkpoints."""

from nn.checkpoints import Checkpoint, load, load_model, save, save_model
from nn.data import Data, Scaler, Split, batches, folds, one_hot, split
from nn.evaluation import accuracy, evaluate, fraction_correct, predict
from nn.history import Epoch, History
from nn.idx import mnist, read_idx
from nn.initialisers import kaiming_normal, kaiming_uniform, xavier_normal, xavier_uniform, zeros
from nn.layers import (
    Dropout,
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
from nn.optimisers import SGD, Adam, AdamW, Optimiser, clip_gradient_values, clip_gradients
from nn.purity import pure
from nn.schedules import constant, cosine, exponential, step_decay, warm_up
from nn.search import Score, Trial, cross_validate, grid, grid_search, random_search, sample
from nn.training import fit

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "Checkpoint",
    "Data",
    "Dropout",
    "Epoch",
    "History",
    "Identity",
    "Linear",
    "Module",
    "Optimiser",
    "ReLU",
    "Scaler",
    "Score",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Split",
    "Tanh",
    "Trial",
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
    "split",
    "squared_error",
    "step_decay",
    "warm_up",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
