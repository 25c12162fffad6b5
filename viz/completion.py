"""``whygrad --print-completion``: a script that completes options, subcommands and files in a shell."""

from __future__ import annotations

import argparse

from viz.commands import SUBCOMMANDS, Parser, subcommand_parser

__all__ = ["SHELLS", "CompletionError", "script"]

SHELLS = ("bash", "fish", "tcsh", "zsh")
# shtab completes nothing in zsh after a first word that is no subcommand. There, complete the options.
_ZSH = """\
_whygrad_options=($_shtab_whygrad_options '*: :')
functions[_whygrad_subcommands]=$functions[_shtab_whygrad]
_shtab_whygrad() {{
  if (( CURRENT > 2 )) && [[ "$words[2]" != ({names}) ]]; then
    _arguments -s $_whygrad_options
  else
    _whygrad_subcommands "$@"
  fi
}}
"""


class CompletionError(ValueError):
    """No script can be written, because shtab is missing or too old."""


def script(parser: Parser, shell: str) -> str:
    """Write the script for a shell.

    Args:
        parser: of the command, with its options alone. The subcommands are added to it.
        shell: one of `SHELLS`.

    Raises:
        CompletionError: shtab is missing, or does not know the shell.
    """
    try:
        import shtab  # loads only for this option, since it is optional
    except ImportError:
        raise CompletionError("completion needs shtab: pip install 'whygrad[completion]'") from None
    if shell not in shtab.SUPPORTED_SHELLS:
        raise CompletionError(f"completion in {shell} needs a later shtab: pip install --upgrade shtab")
    _mark_files(parser, shtab.FILE)
    commands = parser.add_subparsers()
    for name, (_, what) in SUBCOMMANDS.items():
        options = subcommand_parser(name)
        _mark_files(options, shtab.FILE)
        commands.add_parser(name, help=what, description=what, parents=[options], add_help=False)
    text: str = shtab.complete(
        parser, shell, preamble=_ZSH.format(names="|".join(SUBCOMMANDS)) if shell == "zsh" else ""
    )
    return text


def _mark_files(parser: argparse.ArgumentParser, files: object) -> None:
    for action in parser._actions:
        if isinstance(action.metavar, str) and action.metavar.startswith("FILE"):
            action.complete = files  # type: ignore[attr-defined]
