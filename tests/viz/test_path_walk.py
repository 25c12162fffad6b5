"""The walk over all paths of a graph."""

import sys
from itertools import islice

from viz.path_walk import paths_of

# A diamond with a doubled edge: 0 → 1 (twice), 0 → 2, 1 → 3, 2 → 3.
STEPS = {0: [(1, "a"), (1, "b"), (2, "c")], 1: [(3, "d")], 2: [(3, "e")], 3: []}


def test_every_path_comes_before_its_continuations():
    found = [(vertex, "".join(edges)) for vertex, edges in paths_of(0, STEPS.__getitem__)]
    assert found == [(0, ""), (1, "a"), (3, "ad"), (1, "b"), (3, "bd"), (2, "c"), (3, "ce")]


def test_a_vertex_without_steps_has_the_empty_path():
    assert list(paths_of(3, STEPS.__getitem__)) == [(3, [])]


def test_long_paths_are_walked_without_recursion():
    length = 4 * sys.getrecursionlimit()
    for vertex, edges in paths_of(0, lambda i: [(i + 1, i)] if i < length else []):
        assert len(edges) == vertex
    assert vertex == length


def test_paths_are_found_one_by_one():
    endless = paths_of(0, lambda i: [(i + 1, "x"), (i + 1, "y")])
    assert [vertex for vertex, _ in islice(endless, 5)] == [0, 1, 2, 3, 4]
