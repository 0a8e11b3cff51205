"""Progress of work that takes seconds: to standard error, and only if a person looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stages(*names: str) -> Iterator[Callable[[], None]]:
    """A bar of named stages; call what it yields when a stage is done. Silent without a terminal.

    Parameters
    ----------
    *names : str
        What is being done, in order.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]  # noqa: PLC0415

    with tqdm(total=len(names), desc=names[0], leave=False, disable=None) as bar:

        def done() -> None:
            bar.update()
            if bar.n < len(names):
                bar.set_description(names[int(bar.n)])

        yield done
