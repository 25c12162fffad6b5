"""`save_onnx`: write a model as an ONNX graph, for inference in another program.

Each layer becomes ONNX's own operation for it, such as ``Conv``, instead of the rows that it records, because
run-times have fast code for such operations. Parameters keep their names in ``state_dict``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import count
from math import inf, pi
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from autograd import log_softmax, relu, sigmoid, softmax, softplus
from autograd.files import check_target, write
from autograd.rules.windows import Sliding
from nn.attention import MultiHeadAttention
from nn.conversion import array_of, unwrap
from nn.convolutional import Conv1d, Conv2d, Convolution
from nn.embedding import Embedding
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
)
from nn.mlp import MLP
from nn.module import Module
from nn.normalisation import LayerNorm, RMSNorm
from nn.pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d, Pooling
from nn.training_mode import in_mode

__all__ = ["save_onnx"]

# The operator set that fixes the meaning of each operation; LayerNormalization needs 17.
OPSET, IR_VERSION = 17, 8

# Our names of the functions of one input that ONNX has, with the names there.
UNARY = {
    **{name: name.capitalize() for name in ("tanh", "relu", "sigmoid", "softplus", "exp", "log", "sqrt")},
    **{name: name.capitalize() for name in ("sin", "cos", "tan", "sinh", "cosh", "abs", "erf", "identity")},
    **{f"arc{name}": f"A{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "neg": "Neg",
    "reciprocal": "Reciprocal",
    "softmax": "Softmax",  # these two along the last axis, as in ONNX
    "log_softmax": "LogSoftmax",
}


def save_onnx(model: Module, path: str | Path, example: Any = None) -> None:
    """Write a model in evaluation mode to a file in ONNX format, in single precision.

    The graph has one input, ``inputs``, and one output, ``outputs``. The number of examples may vary;
    without an example of the inputs, so may the sizes of sequences and images. The file is written
    atomically.

    Args:
        model: made of this package's layers. A `Sequential` may also hold functions of one argument that
            ONNX has, such as ``np.tanh``.
        path: of the file; an existing one is replaced.
        example: inputs of the model, examples on the first axis. Only the shape counts, and whether they are
            whole numbers. It may be omitted if the first layer determines both: `MLP`, `Linear`, `Embedding`,
            `Conv1d`, `Conv2d`, `LayerNorm`, `RMSNorm` and `MultiHeadAttention` (sequences).

    Raises:
        ImportError: the package onnx is missing.
        OSError: the folder is missing or not writable, or the path is not a regular file.
        TypeError: the model is not a `Module`.
        ValueError: a layer cannot be exported, or the example is missing or does not fit the model.
    """
    if not isinstance(model, Module):
        raise TypeError(f"save_onnx writes a Module, not {model!r:.60}")
    onnx = _require_onnx()
    check_target(Path(path))
    if example is None:
        kind, shape = _inputs_of(model)
        dims: list[Any] = ["batch", *shape]
    else:
        example = array_of(example, "the example")
        if example.ndim == 0:
            raise ValueError("the example is a single number: give inputs with examples on the first axis")
        kind = np.int64 if example.dtype.kind in "biu" else np.float32
        dims = ["batch", *example.shape[1:]]
    graph = _Graph(onnx, model)
    x = "inputs"
    if kind is np.int64 and not any(isinstance(layer, Embedding) for layer in model.modules()):
        x = graph.node("Cast", x, to=onnx.TensorProto.FLOAT)
    with in_mode(model, training=False):
        output = graph.layer(model, x)
    graph.node("Identity", output, output="outputs")
    content = graph.finished(kind, dims)
    write(Path(path), content.SerializeToString())


class _Graph:
    """An ONNX graph being built.

    Args:
        onnx: the package.
        model: the model, whose parameters give the arrays their names.
    """

    def __init__(self, onnx: Any, model: Module) -> None:
        self._onnx = onnx
        self._names = {id(parameter): name for name, parameter in model.named_parameters()}
        self._nodes: list[Any] = []
        self._arrays: dict[str, Any] = {}
        self._numbers = count()

    def node(self, operation: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add an operation, and return the name of its output."""
        output = output or f"{operation.lower()}_{next(self._numbers)}"
        self._nodes.append(self._onnx.helper.make_node(operation, list(inputs), [output], **attributes))
        return output

    def constant(self, numbers: Any, dtype: Any = np.float32) -> str:
        """Add an array, and return its name."""
        name = f"constant_{next(self._numbers)}"
        self._arrays[name] = np.asarray(numbers, dtype)
        return name

    def parameter(self, parameter: Any) -> str:
        """Add a parameter, and return its name."""
        name = self._names[id(parameter)]
        self._arrays[name] = unwrap(parameter).astype(np.float32)
        return name

    def layer(self, layer: Any, x: str) -> str:
        """Add a layer or a function, and return the name of its output."""
        if not isinstance(layer, Module):
            return self._function(layer, x)
        for kind, rule in _LAYERS.items():
            if isinstance(layer, kind) and all(
                getattr(type(layer), name) is getattr(kind, name) for name in ("forward", "__call__")
            ):
                return rule(self, layer, x)
        names = ", ".join(sorted(kind.__name__ for kind in _LAYERS))
        raise ValueError(
            f"save_onnx cannot export {type(layer).__name__}, which has a forward of its own: build the "
            f"model of {names}"
        )

    def _function(self, f: Any, x: str) -> str:
        for known, name in _FUNCTIONS:
            if f is known:
                return self.unary(name, x)
        raise ValueError(
            f"save_onnx cannot export the function {getattr(f, '__name__', f)!r:.60}: use a layer, or one of "
            + ", ".join(known.__name__ for known, _ in _FUNCTIONS)
        )

    def unary(self, name: str, x: str) -> str:
        """Add a function of one input by our name, and return the name of its output."""
        if name not in UNARY:
            raise ValueError(
                f"save_onnx cannot export the activation {name!r}: give one of {', '.join(sorted(UNARY))}"
            )
        return self.node(UNARY[name], x)

    def finished(self, kind: Any, dims: list[Any]) -> Any:
        """The checked model.

        Args:
            kind: the type of the inputs, int64 or float32.
            dims: the shape of the inputs, with names for free lengths.
        """
        helper, proto = self._onnx.helper, self._onnx.TensorProto
        given = proto.INT64 if kind is np.int64 else proto.FLOAT
        arrays = [self._onnx.numpy_helper.from_array(array, name) for name, array in self._arrays.items()]
        ends = [("inputs", given, dims), ("outputs", proto.FLOAT, None)]
        inputs, outputs = ([helper.make_tensor_value_info(*end)] for end in ends)
        graph = helper.make_graph(self._nodes, "model", inputs, outputs, arrays)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, producer_name="whygrad", opset_imports=opsets, ir_version=IR_VERSION)
        try:
            model = self._onnx.shape_inference.infer_shapes(
                model, check_type=True, strict_mode=True, data_prop=True
            )
            self._onnx.checker.check_model(model)
        except (self._onnx.shape_inference.InferenceError, self._onnx.checker.ValidationError) as error:
            raise ValueError(
                f"the model does not take {kind.__name__} inputs of shape {tuple(dims)}, or ONNX's layers do "
                "not: give save_onnx an example of the inputs with examples on the first axis, and for "
                f"convolution and pooling channels on the second ({str(error).strip().splitlines()[-1]})"
            ) from None
        return model


# ---- layers


def _chain(graph: _Graph, layer: Sequential, x: str) -> str:
    for part in layer.layers:
        x = graph.layer(part, x)
    return x


def _perceptron(graph: _Graph, layer: MLP, x: str) -> str:
    *hidden, last = layer.layers
    for part in hidden:
        x = graph.unary(layer.activation, graph.layer(part, x))
    return graph.layer(last, x)


def _linear(graph: _Graph, layer: Linear, x: str) -> str:
    y = graph.node("MatMul", x, graph.node("Transpose", graph.parameter(layer.weight), perm=[1, 0]))
    return y if layer.bias is None else graph.node("Add", y, graph.parameter(layer.bias))


def _gelu(graph: _Graph, layer: GELU, x: str) -> str:
    if layer.approximate == "none":
        inner = graph.node("Erf", graph.node("Mul", x, graph.constant(0.5**0.5)))
    else:
        cube = graph.node("Mul", x, graph.node("Mul", x, x))
        bent = graph.node("Add", x, graph.node("Mul", cube, graph.constant(0.044715)))
        inner = graph.node("Tanh", graph.node("Mul", bent, graph.constant((2 / pi) ** 0.5)))
    half = graph.node("Mul", x, graph.constant(0.5))
    return graph.node("Mul", half, graph.node("Add", inner, graph.constant(1.0)))


def _softmax(graph: _Graph, layer: Softmax, x: str) -> str:
    if not isinstance(layer.axis, Integral):
        raise ValueError(f"save_onnx exports Softmax along one axis, not {layer.axis!r:.40}")
    return graph.node("Softmax", x, axis=int(layer.axis))


def _flatten(graph: _Graph, layer: Flatten, x: str) -> str:
    return graph.node("Reshape", x, graph.constant([0] * layer.start + [-1], np.int64))


def _embedding(graph: _Graph, layer: Embedding, x: str) -> str:
    return graph.node("Gather", graph.parameter(layer.weight), x)


def _convolution(graph: _Graph, layer: Convolution, x: str) -> str:
    inputs = [x, graph.parameter(layer.weight)]
    inputs += [] if layer.bias is None else [graph.parameter(layer.bias)]
    before, after = zip(
        *layer._padding(Sliding(layer.kernel_size, layer.stride, layer.dilation)), strict=True
    )
    return graph.node(
        "Conv",
        *inputs,
        kernel_shape=layer.kernel_size,
        strides=layer.stride,
        pads=(*before, *after),
        dilations=layer.dilation,
        group=layer.groups,
    )


def _pooling(operation: str, **options: int) -> Callable[[_Graph, Any, str], str]:
    def rule(graph: _Graph, layer: Pooling, x: str) -> str:
        pads = layer.padding * 2
        sizes: Any = {"kernel_shape": layer.kernel_size, "strides": layer.stride, "pads": pads, **options}
        return graph.node(operation, x, **sizes)

    return rule


def _layer_norm(graph: _Graph, layer: LayerNorm, x: str) -> str:
    inputs = [x, graph.parameter(layer.weight)]
    inputs += [] if layer.bias is None else [graph.parameter(layer.bias)]
    return graph.node("LayerNormalization", *inputs, axis=-len(layer.features), epsilon=layer.epsilon)


def _rms_norm(graph: _Graph, layer: RMSNorm, x: str) -> str:
    axes = list(range(-len(layer.features), 0))
    mean = graph.node("ReduceMean", graph.node("Mul", x, x), axes=axes, keepdims=1)
    root = graph.node("Sqrt", graph.node("Add", mean, graph.constant(layer.epsilon)))
    return graph.node("Mul", graph.node("Div", x, root), graph.parameter(layer.weight))


def _attention(graph: _Graph, layer: MultiHeadAttention, x: str) -> str:
    """Attention of sequences to themselves: (..., length, features), as (sequences, length, features)."""
    features = layer.query.weight.shape[0]
    split = graph.constant([0, 0, layer.heads, features // layer.heads], np.int64)
    shape, minus_one = graph.node("Shape", x), graph.constant([-1], np.int64)
    x = graph.node("Reshape", x, graph.node("Concat", minus_one, graph.node("Shape", x, start=-2), axis=0))

    def heads(part: Linear, order: list[int]) -> str:
        return graph.node("Transpose", graph.node("Reshape", graph.layer(part, x), split), perm=order)

    q, k, v = (
        heads(layer.query, [0, 2, 1, 3]),
        heads(layer.key, [0, 2, 3, 1]),
        heads(layer.value, [0, 2, 1, 3]),
    )
    scale = graph.constant((features // layer.heads) ** -0.5)
    scores = graph.node("Mul", graph.node("MatMul", q, k), scale)
    if layer.causal:
        never = graph._onnx.numpy_helper.from_array(np.array([-inf], np.float32))
        full = graph.node("ConstantOfShape", graph.node("Shape", scores), value=never)
        later = graph.node("Trilu", full, graph.constant(1, np.int64), upper=1)
        scores = graph.node("Add", scores, later)
    mixed = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), v)
    joined = graph.node("Transpose", mixed, perm=[0, 2, 1, 3])
    return graph.layer(layer.output, graph.node("Reshape", joined, shape))


def _operation(name: str) -> Callable[[_Graph, Any, str], str]:
    return lambda graph, layer, x: graph.node(name, x)


_LAYERS: dict[type[Module], Callable[[_Graph, Any, str], str]] = {
    Sequential: _chain,
    MLP: _perceptron,
    Linear: _linear,
    Identity: _operation("Identity"),
    Dropout: _operation("Identity"),  # in evaluation mode
    Tanh: _operation("Tanh"),
    ReLU: _operation("Relu"),
    Sigmoid: _operation("Sigmoid"),
    Softplus: _operation("Softplus"),
    Softmax: _softmax,
    GELU: _gelu,
    Flatten: _flatten,
    Embedding: _embedding,
    Conv1d: _convolution,
    Conv2d: _convolution,
    MaxPool1d: _pooling("MaxPool"),
    MaxPool2d: _pooling("MaxPool"),
    AvgPool1d: _pooling("AveragePool", count_include_pad=1),
    AvgPool2d: _pooling("AveragePool", count_include_pad=1),
    LayerNorm: _layer_norm,
    RMSNorm: _rms_norm,
    MultiHeadAttention: _attention,
}

_FUNCTIONS: list[tuple[Any, str]] = [
    (relu, "relu"),
    (sigmoid, "sigmoid"),
    (softplus, "softplus"),
    (softmax, "softmax"),
    (log_softmax, "log_softmax"),
    (np.negative, "neg"),
    *((getattr(np, name), name) for name in UNARY if isinstance(getattr(np, name, None), np.ufunc)),
]


# ---- inputs


def _inputs_of(model: Any) -> tuple[Any, list[Any]]:
    """The type of a model's inputs and their shape after the first axis, from its first layer."""
    first = model
    while isinstance(first, Sequential) and len(first):
        first = first.layers[0]
    if isinstance(first, MLP):
        return np.float32, [first.sizes[0]]
    if isinstance(first, Linear):
        return np.float32, [first.weight.shape[1]]
    if isinstance(first, Embedding):
        return np.int64, ["length"]
    if isinstance(first, Convolution):
        lengths = ("length",) if first.axes == 1 else ("height", "width")
        return np.float32, [first.weight.shape[1] * first.groups, *lengths]
    if isinstance(first, (LayerNorm, RMSNorm)):
        return np.float32, list(first.features)
    if isinstance(first, MultiHeadAttention):
        return np.float32, ["length", first.query.weight.shape[1]]
    raise ValueError(
        f"the first layer, {type(first).__name__}, does not determine the shape of the inputs: give "
        "save_onnx example inputs, with examples on the first axis"
    )


def _require_onnx() -> Any:
    """Import the package onnx.

    Raises:
        ImportError: it is missing.
    """
    try:
        return import_module("onnx")  # deferred: an optional package
    except ImportError:
        raise ImportError(
            "save_onnx needs the package onnx, which is missing: pip install 'whygrad[onnx]'"
        ) from None
