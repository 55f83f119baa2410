"""Benchmarks, each beside a peer: ``scripts/bench [NAME...] [--json] [--small]``."""

import argparse
import sys
from collections.abc import Callable

import command
import due
import fold
import pages
import play
import rebuild
import views
from measured import Measured, table

BENCHMARKS: dict[str, Callable[..., list[Measured]]] = {
    one.NAME: one.run for one in (fold, play, command, views, rebuild, due, pages)
}
"""Every benchmark by its name; each takes ``small`` and gives what it measured."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks that are named, or all. Exit status: 0 every goal met, 1 one missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="one line of JSON for each value")
    parser.add_argument("--small", action="store_true", help="less of everything, for a quick look")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}")
    results: list[Measured] = []
    for name in options.names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        measured = BENCHMARKS[name](small=options.small)
        results += measured
        if options.json:
            print("\n".join(one.line() for one in measured), flush=True)
    if not options.json:
        print(table(results))
    return 0 if all(one.met for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
