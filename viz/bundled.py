"""The Graphviz library inside the pygraphviz wheel as a program: DOT in, a picture out."""

import sys

import pygraphviz


def main() -> None:
    (form,) = sys.argv[1:]
    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(graph.draw(format=form, prog="dot"))


if __name__ == "__main__":
    main()
