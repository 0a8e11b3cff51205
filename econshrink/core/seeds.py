"""Random generators derived from the master seed and a task's name, never from the order of use."""

from __future__ import annotations

import hashlib

import numpy as np

MASTER_SEED = 20251114

Rng = int | np.random.Generator | None


def generator(task: str, seed: int = MASTER_SEED) -> np.random.Generator:
    """Return the generator that belongs to `task`.

    Adding or removing another task never shifts this one's stream.

    Parameters
    ----------
    task : str
        A stable name, such as ``"forecast.damped_drift"``.
    seed : int
        Master seed.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> bool(generator("a").random() == generator("a").random())
    True
    >>> bool(generator("a").random() == generator("b").random())
    False
    """
    digest = hashlib.sha256(task.encode()).digest()
    words = np.frombuffer(digest[:16], dtype="<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence([seed, *words]))


def as_generator(rng: Rng, task: str) -> np.random.Generator:
    """Return the generator that `rng` stands for in `task`.

    None is the master seed and an int another seed, both joined with the task's name; a
    `Generator` is used as it is, and moves on.

    Examples
    --------
    >>> bool(as_generator(None, "a").random() == generator("a").random())
    True
    """
    return rng if isinstance(rng, np.random.Generator) else generator(task, as_seed(rng))


def as_seed(rng: Rng) -> int:
    """Return the seed from which a function derives one stream a chunk of work by name.

    None is the master seed and an int itself; a `Generator` gives one integer of 63 bits, and
    moves on.

    Examples
    --------
    >>> as_seed(7), as_seed(None) == MASTER_SEED
    (7, True)
    """
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63))
    return MASTER_SEED if rng is None else int(rng)
