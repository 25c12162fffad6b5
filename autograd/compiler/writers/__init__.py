"""How a program becomes a function: one file for each language that it can be written in."""

__all__ = ["UnavailableError"]


class UnavailableError(Exception):
    """There is no native code to be had; the message says why."""
