"""The command line: models as options, tables on stdout, progress and errors on stderr, the verdict as exit code."""

from __future__ import annotations

import signal
import sys
import traceback

import typer

from wnproof.cli import catalogue as catalogue
from wnproof.cli import models as models
from wnproof.cli import reporting as reporting
from wnproof.cli import verification as verification
from wnproof.cli.app import app, report
from wnproof.cli.options import OptionError
from wnproof.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_USAGE, WnproofError


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code. Tracebacks are shown only with ``--debug``."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"] or ["--help"]
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        code = int(app(arguments, standalone_mode=False, prog_name="wnproof") or 0)
        if code == EXIT_INTERRUPTED:  # some versions of the parser turn an interrupt into an exit code
            raise KeyboardInterrupt
        return code
    except OptionError as problem:
        report(problem.error)
        return EXIT_USAGE
    except WnproofError as error:
        if debug:
            traceback.print_exc()
        report(error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("wnproof: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except typer.Exit as leaving:
        return leaving.exit_code
    except Exception as failure:
        if hasattr(failure, "format_message"):  # the usage errors of the parser, whose class differs between its versions
            print(f"wnproof: error[E-USAGE] {failure.format_message()}\nhelp: wnproof --help", file=sys.stderr)
            return EXIT_USAGE
        if debug:
            traceback.print_exc()
        print(f"wnproof: error[E-INTERNAL] {type(failure).__name__}: {failure}", file=sys.stderr)
        print("help: run again with --debug and report the traceback", file=sys.stderr)
        return EXIT_INTERNAL
