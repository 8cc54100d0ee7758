"""What a run does where the flow has several solutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Branching:
    """Which way to take at the first, second, ... branching point of a run (0, 1, ...); None stops there.

    Use the values ``stop_at_branches`` and ``first_branch``, or ``along``.
    """

    name: str
    choice: Callable[[int], int | None]

    def __repr__(self) -> str:
        return self.name


def along(path: tuple[int, ...]) -> Branching:
    """Take these ways, and stop at the next branching point.

    >>> [along((1, 0)).choice(number) for number in range(3)]
    [1, 0, None]
    """
    return Branching(
        f"along({path})" if path else "stop_at_branches", lambda number: path[number] if number < len(path) else None
    )


stop_at_branches = along(())
"""Stop at the first one: what is returned has no alternative."""
first_branch = Branching("first_branch", lambda _: 0)
"""Follow the first way in a fixed order (a dead neuron stays dead) and note it in ``branches``."""
