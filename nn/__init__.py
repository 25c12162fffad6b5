"""Neural networks on the engine."""

from nn.losses import squared_error
from nn.mlp import MLP

__all__ = ["MLP", "squared_error"]
