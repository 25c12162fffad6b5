"""Graphs, their local derivatives, the one sweep, and every way of differentiating."""
