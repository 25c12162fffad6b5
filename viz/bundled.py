"""The Graphviz library inside pygraphviz as a program: DOT on stdin, a picture on stdout."""

import sys

import pygraphviz


def main() -> None:
    (form,) = sys.argv[1:]
    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(graph.draw(format=form, prog="dot"))


if __name__ == "__main__":
    main()
