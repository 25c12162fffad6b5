"""Writers: a program as a function in Python, NumPy or C."""

__all__ = ["UnavailableError"]


class UnavailableError(Exception):
    """Native code cannot be made; the message says why."""
