"""The command `bargain`: check, explain, repair and design offer documents.

Exit codes: 0 holds, 1 fails, 2 bad document or usage, 3 undecided. Results go to stdout, all else to stderr. The
commands themselves stand in `_offer_commands` and `_library_commands`, what they share in `_terminal`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import bargain as bg
from bargain import _library_commands as library
from bargain import _offer_commands as offers
from bargain._terminal import BAD, complain, is_unicode
from bargain.errors import BargainError


class Commands(TyperGroup):
    """The commands, each of which returns its exit code; whatever stops one is told in a sentence."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line; output that fails while help is printed is told as it is in `invoke`."""
        if not is_unicode(sys.stdout):
            from bargain.console import tolerate

            tolerate(sys.stdout)
        try:
            return super().main(*args, **{**extra, "prog_name": "bargain"})
        except OSError as error:
            sys.exit(_stopped(error))

    def invoke(self, ctx: Any) -> Any:
        """Run one command and leave with its exit code."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BargainError as error:
            complain(error)
            code = BAD
        except KeyboardInterrupt:
            typer.echo("Stopped before it was finished.", err=True)
            code = BAD
        except OSError as error:
            code = _stopped(error)
        raise typer.Exit(code or 0)


def _stopped(error: OSError) -> int:
    """Say what could not be written, and keep the interpreter from trying once more on its way out."""
    if isinstance(error, BrokenPipeError):
        reason = "The output was closed before all of it was written."
    else:
        reason = f"{error.filename or 'The output'} cannot be written: {error.strerror or error}."
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with contextlib.suppress(OSError):
        typer.echo(reason, err=True)
    return BAD


app = typer.Typer(
    cls=Commands,
    name="bargain",
    help="Check, repair and design offers to share the benefits of advanced AI.",
    epilog="Exit codes: 0 holds, 1 fails, 2 bad document or usage, 3 undecided.",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"bargain {bg.__version__}")
        raise typer.Exit(0)


for _command in (
    offers.check,
    offers.explain,
    offers.sensitivity,
    offers.repair,
    offers.design,
    offers.frontier,
    offers.regions,
    offers.compare,
    library.models,
    library.show,
    library.schema,
    library.examples,
):
    app.command()(_command)
app.add_typer(library.new, name="new")


main: Callable[[], Any] = app
"""The console script."""
