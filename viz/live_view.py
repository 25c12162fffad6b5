"""`live`: a network shown while it learns, in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd import Node
from viz.recorded_descent import RecordedDescent

if TYPE_CHECKING:
    from viz.live_widget import Live

__all__ = ["live"]

_MISSING = "viz.live needs the package anywidget: pip install 'whygrad[live]'"


def live(model: Any, data: Any = None, **settings: Any) -> Live:
    """Show a network while it learns: a widget for Jupyter, JupyterLab, VS Code, Colab and marimo.

    It has the network, or the graph of a loss, with its weights, activations and gradients for one example;
    the plane of the inputs with the decision boundary; the curve of the loss; and the exact count of
    operations, naively beside backprop. The training can be played, paused, taken step by step and taken
    back to any earlier update. Weights, examples and settings can be changed on the way.

    Three ways to use it::

        viz.live(nn.MLP([2, 4, 2]), data)                # the widget trains the network itself
        viz.live(loss, [w, b])                           # gradient descent on a recorded loss

        view = viz.live(model, data)                     # watch another training
        display(view)
        nn.fit(model, data, epochs=100, after_update=view.update)

    The page asks for each frame when it has drawn the one before, so a closed page stops the training. The
    states of up to 128 updates are kept, and the updates between them are repeated; see `viz.timeline`.

    Args:
        model: a model with the method ``course``, such as `nn.MLP` and `nn.Sequential`; a training, such as
            `nn.Course`, which has what `viz.trainer.Trainer` lists; or a recorded loss.
        data: the examples, such as `nn.Data`; for a recorded loss, the values to move.
        settings: for ``model.course``, such as ``loss``, ``optimiser``, ``batch_size`` and ``seed``; for a
            recorded loss, ``rate``.

    Returns:
        The widget.

    Raises:
        ImportError: the package anywidget is missing.
        TypeError: the model has none of these forms.
    """
    try:
        # Defers the load of anywidget, which is optional.
        from viz.live_widget import Live
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        raise ImportError(_MISSING) from None
    return Live(_trainer(model, data, settings))


def _trainer(model: Any, data: Any, settings: dict[str, Any]) -> Any:
    if isinstance(model, Node):
        unknown = next((name for name in settings if name != "rate"), None)
        if unknown is not None:
            raise TypeError(f"a recorded loss has the setting rate only, not {unknown}")
        return RecordedDescent(model, data if data is not None else [], **settings)
    if data is None and not settings and hasattr(model, "record") and hasattr(model, "step"):
        return model
    if hasattr(model, "course") and data is not None:
        return model.course(data, **settings)
    raise TypeError(
        "viz.live takes a model with its data, as viz.live(nn.MLP([2, 4, 2]), data), a training, as "
        f"viz.live(nn.Course(model, data)), or a recorded loss with its leaves, not {type(model).__name__}"
    )
