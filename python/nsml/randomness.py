"""The random numbers of the training, which an evaluation must leave as they were.

What an evaluation draws at a safe point from the generators that a whole process shares (``random``, ``numpy.random``,
torch's of the CPU and of the GPUs) must not move what the training draws next: looking at a sample would change the
loss curve. So their states are kept before an evaluation and put back after it, seeding included. Generators that are
objects of the training (``random.Random``, ``numpy.random.default_rng``) are its objects like all others and go on from
where they are; so do TensorFlow's. An evaluation in a thread of its own runs while the training draws: what both draw
from a shared generator cannot be told apart, and nothing is put back.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    # Reads the state, writes it, tells whether two are the same.
    Generator = tuple[Callable[[], Any], Callable[[Any], Any], Callable[[Any, Any], bool]]


class Randomness:
    """The states now; ``put_back`` makes them so again."""

    def __init__(self) -> None:
        self._kept: list[tuple[Generator, Any]] = []
        for find in (_of_python, _of_numpy, _of_torch):
            try:
                self._kept += [(generator, generator[0]()) for generator in find()]
            except Exception:  # a module that is being imported, or no more what it was
                continue

    def put_back(self) -> bool:
        """Make them so again. Answers whether any had moved."""
        moved = False
        for (read, write, same), state in self._kept:
            try:
                if not same(read(), state):
                    write(state)
                    moved = True
            except Exception:  # a generator that the training is capturing in a graph, or that has gone
                continue
        return moved


def _of_python() -> list[Generator]:
    instance = getattr(sys.modules.get("random"), "_inst", None)
    return [] if instance is None else [(instance.getstate, instance.setstate, _equal)]


def _of_numpy() -> list[Generator]:
    module: Any = sys.modules.get("numpy.random")
    if module is None:
        return []

    def read() -> Any:
        name, key, position, has_gauss, gauss = module.get_state()
        return name, key.tobytes(), position, has_gauss, gauss

    def write(state: Any) -> None:
        name, key, position, has_gauss, gauss = state
        array = sys.modules["numpy"].frombuffer(key, dtype="uint32")
        module.set_state((name, array, position, has_gauss, gauss))

    return [(read, write, _equal)]


def _of_torch() -> list[Generator]:
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return []
    generators = [torch.default_generator]
    if torch.cuda.is_initialized():
        generators += torch.cuda.default_generators
    return [(generator.get_state, generator.set_state, torch.equal) for generator in generators]


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)
