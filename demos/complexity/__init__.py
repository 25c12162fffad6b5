"""How does the cost of a gradient grow with the number of layers, naively and with backprop?

``python -m demos.complexity`` differentiates networks of growing depth on an iris flower by every method
that fits the budget, counts the operations, and writes a page with tables, plots and pictures.
"""

from demos.complexity.command import main

__all__ = ["main"]
