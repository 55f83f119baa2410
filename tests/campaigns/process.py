"""The campaign ``process``: arbitrary act sequences, and random cases in both implementations."""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.campaigns import sequences
from tests.second_implementation import compare

NAME = "process"
SEQUENCES = 1_000_000
SEQUENCES_FOR_A_CASE = 100
TENTHS = 10
"""How often a log that is no terminal is told how far it is."""
_CHUNK = {"sequences": 500, "cases": 25}


@dataclass(frozen=True, slots=True)
class Failed:
    """A seed that shows a fault, and what is wrong with it."""

    seed: int
    message: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What became of the seeds from ``first`` up to, not including, ``after``."""

    first: int
    after: int
    counted: Counter[str]
    failed: Failed | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this campaign."""
    parser.add_argument(
        "--sequences", type=int, default=SEQUENCES, metavar="N", help="how many act sequences"
    )
    parser.add_argument(
        "--cases",
        type=int,
        metavar="N",
        help="how many random cases (default: one for a hundred sequences)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="the first seed; to go on, the next one"
    )


def run(options: argparse.Namespace) -> int:
    """Run it on all processors. Exit status 1 where a seed fails, which is printed."""
    cases = options.cases
    if cases is None:
        cases = options.sequences // SEQUENCES_FOR_A_CASE
    parts = (("sequences", options.sequences, one_sequence), ("cases", cases, one_case))
    total: Counter[str] = Counter()
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool() as pool:
        for what, wanted, one in parts:
            work = partial(_chunk, one)
            chunks = pool.imap(work, _ranges(options.seed, wanted, _CHUNK[what]))
            failed = _follow(what, options.seed, wanted, chunks, total)
            if failed is not None:
                print(f"{what}: seed {failed.seed} failed: {failed.message}")
                return 1
    print(_summary(total, options.seed, time.monotonic() - began))
    return 0


def one_sequence(seed: int) -> Counter[str]:
    """One act sequence: what it came to. Raises where something does not hold."""
    return sequences.played(seed).counted


def one_case(seed: int) -> Counter[str]:
    """One random case: how many acts it has. Raises where the implementations differ."""
    case, settings = compare.case_of(seed)
    if compare.differences(case, settings):
        raise AssertionError(compare.report(case, settings))
    return Counter({"acts of cases": len(case["acts"])})


def _chunk(one: Callable[[int], Counter[str]], seeds: tuple[int, int]) -> Chunk:
    counted: Counter[str] = Counter()
    for seed in range(*seeds):
        try:
            counted.update(one(seed))
        except Exception as error:
            return Chunk(*seeds, counted, Failed(seed, f"{type(error).__name__}: {error}"))
    return Chunk(*seeds, counted)


def _ranges(first: int, wanted: int, size: int) -> Iterator[tuple[int, int]]:
    for start in range(first, first + wanted, size):
        yield start, min(start + size, first + wanted)


def _follow(
    what: str, first: int, wanted: int, chunks: Iterator[Chunk], total: Counter[str]
) -> Failed | None:
    """Follow the chunks in order, so that everything before the seed shown is done."""
    began = time.monotonic()
    for chunk in chunks:
        if chunk.failed is not None:
            return chunk.failed
        total.update(chunk.counted)
        done = chunk.after - first
        total[what] = done
        rate = done / (time.monotonic() - began)
        line = f"{what}: {done} of {wanted}, {rate:.0f}/s; next seed {chunk.after}"
        if sys.stderr.isatty():
            print(f"\r{line}", end="", file=sys.stderr, flush=True)
        elif done * TENTHS // wanted > (chunk.first - first) * TENTHS // wanted:
            print(line, file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return None


def _summary(total: Counter[str], seed: int, seconds: float) -> str:
    return (
        f"process from seed {seed}: {total['sequences']} sequences with {total['taken']} acts taken, "
        f"{total['refused']} refused and {total['ticks']} ticks; {total['cases']} cases with "
        f"{total['acts of cases']} acts alike in both implementations; {seconds:.0f} s"
    )
