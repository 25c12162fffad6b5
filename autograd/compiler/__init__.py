"""Functions compiled to straight-line code in Python, NumPy or C."""
