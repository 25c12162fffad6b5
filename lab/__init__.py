"""The lab: `viz.live` and the seventeen questions of a practical as an app, in which numbers can be changed.

``whygrad lab`` opens it; ``python -m lab`` is the same command.
"""
