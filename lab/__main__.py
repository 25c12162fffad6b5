"""``python -m lab``: open the lab as an app in the browser."""

from __future__ import annotations

import argparse
import secrets
import socket
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from viz.commands import INTERRUPTED, Parser
from viz.streams import open_streams, tell

__all__ = ["command_parser", "main"]

APP = Path(__file__).with_name("app.py")
HOST = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the app until Ctrl-C.

    Returns:
        the exit status: 130 after Ctrl-C, or the status of marimo's server. Wrong input, or a missing
        package, exits with status 2.
    """
    open_streams()
    parser = command_parser()
    options = parser.parse_args(arguments)
    for package in ("marimo", "anywidget"):
        if find_spec(package) is None:
            parser.error(f"the lab needs the package {package}: pip install 'whygrad[lab]'")
    if options.port:
        _check_free(parser, options.port)
    command = [sys.executable, "-m", "marimo", "--yes", "run", str(APP)]
    command += ["--host", HOST, "--token", "--token-password", secrets.token_urlsafe(16)]
    command += ["--headless"] if options.no_browser else []
    command += ["--port", str(options.port)] if options.port else []
    server = subprocess.Popen(command)  # noqa: S603 - our own app
    try:
        return server.wait()
    except KeyboardInterrupt:
        tell("stopped")
        return INTERRUPTED
    finally:
        server.terminate()
        server.wait()


def command_parser() -> Parser:
    """The parser of the command's arguments."""
    parser = Parser(
        prog="whygrad lab",
        description="Open a network that learns, and the seventeen questions of the practical, as an app.\n"
        "Only this machine can reach it, with a token. Ctrl-C stops it.",
        epilog="python -m lab is the same command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=_port, metavar="N", help="the port (default: one that is free)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is not a port: give a whole number from 1 to 65535")
    return int(text)


def _check_free(parser: Parser, port: int) -> None:
    """Exit if the server cannot have a port: it would print its address first, and then fail."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        parser.error(f"cannot use the port {port}: {error.strerror or error}; give another --port")


if __name__ == "__main__":
    sys.exit(main())
