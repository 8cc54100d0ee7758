"""``python wnproof/checker CERT.json [--claim STATEMENT.json]``: check a certificate where nothing but Python is installed."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType


def _package() -> ModuleType:
    """This folder as a package, also when it was started as a folder."""
    if __package__:
        return import_module(__package__)
    here = Path(__file__).resolve().parent
    sys.path = [str(here.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != here)]
    return import_module(here.name)


def main(arguments: list[str]) -> int:
    """0: the certificate is valid; 5: it is not; 7: a file cannot be read; 2: usage."""
    checker = _package()
    if arguments == ["--kinds"]:
        print("\n\n".join(rules.__doc__.strip() for rules in checker.RULES))
        return 0
    if not (len(arguments) == 1 or (len(arguments) == 3 and arguments[1] == "--claim")) or arguments[0].startswith("-"):
        print("usage: checker CERT.json [--claim STATEMENT.json] | checker --kinds", file=sys.stderr)
        return 2
    try:
        data, *claim = [Path(name).read_bytes() for name in arguments if name != "--claim"]
        outcome = checker.check_bytes(data)
        if claim and checker.read(claim[0]) != outcome.statement:
            raise checker.Invalid("E-CERT-MISMATCH", "the certificate is about another statement")
    except OSError as error:
        print(f"error[E-IO] cannot read {error.filename}: {error.strerror}", file=sys.stderr)
        return 7
    except checker.Invalid as failure:
        print(f"error[{failure.code}] {arguments[0]}: {failure.message}", file=sys.stderr)
        return 5
    print(f"{outcome.verdict}: {outcome.statement_text} [{outcome.scope}]")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
