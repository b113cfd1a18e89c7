"""The hours of one simulated market, generated in order when first asked for, then kept."""

from threading import Lock

import numpy as np

from etrms_core.adapters.exchanges.paper.simulated_path import (
    HOURS_PER_BLOCK,
    MarketHours,
    first_state,
    generate_block,
)

# Streams of chance that never share a seed.
PATH, SECONDS, BOOK = 0, 1, 2


def seeded_generator(seed: int, stream: int, *index: int) -> np.random.Generator:
    """Return the generator of one piece of one stream of the market `seed`."""
    return np.random.default_rng(np.random.SeedSequence([seed, stream, *index]))


class SimulatedHistory:
    """Hours counted from the start of the market, safe between threads."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._blocks: list[MarketHours] = []
        self._state = first_state()
        self._growing = Lock()

    def block(self, index: int) -> MarketHours:
        """Return the block `index`, of `HOURS_PER_BLOCK` hours."""
        if index >= len(self._blocks):
            with self._growing:
                while index >= len(self._blocks):
                    self._grow()
        return self._blocks[index]

    def hours(self, first: int, end: int) -> MarketHours:
        """Return the hours `first` up to but not with `end`; without any, arrays of length 0."""
        blocks = range(first // HOURS_PER_BLOCK, max(first, end - 1) // HOURS_PER_BLOCK + 1)
        offset = blocks.start * HOURS_PER_BLOCK
        window = slice(first - offset, max(first, end) - offset)
        if len(blocks) == 1:
            return MarketHours._make(column[window] for column in self.block(blocks.start))
        columns = zip(*(self.block(index) for index in blocks), strict=True)
        return MarketHours._make(np.concatenate(parts)[window] for parts in columns)

    def _grow(self) -> None:
        generator = seeded_generator(self._seed, PATH, len(self._blocks))
        hours, self._state = generate_block(generator, self._state)
        self._blocks.append(hours)
