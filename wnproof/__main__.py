"""The command ``wnproof``: ``check`` runs on the standard library alone; everything else goes through the command line proper."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the command ``wnproof``."""
    if sys.argv[1:2] == ["check"]:
        from wnproof.checker.__main__ import main as check

        sys.exit(check(sys.argv[2:]))
    from wnproof.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
