"""Benchmarks, each beside a peer: ``scripts/bench [NAME...] [--json] [--small]``."""

import argparse
import sys
from collections.abc import Callable

import catching_up
import command
import command_postgres
import due
import fold
import grounds
import pages
import past
import play
import rebuild
import rebuild_million
import spiff
import ticks
import views
import writers
from measured import Measured, NotMeasured, table

BENCHMARKS: dict[str, Callable[..., list[Measured]]] = {
    **{
        one.NAME: one.run
        for one in (fold, play, command, command_postgres, views, rebuild, due, spiff)
    },
}
"""The benchmarks of SQLite or of no database by their names; each takes ``small`` and gives what it measured."""
ANYWHERE: dict[str, Callable[..., list[Measured]]] = {
    ticks.SCALING: ticks.scaling,
    ticks.IDLE: ticks.idle,
    catching_up.NAME: catching_up.run,
    past.NAME: past.run,
    writers.NAME: writers.run,
    rebuild_million.NAME: rebuild_million.run,
    pages.NAME: pages.run,
}
"""Those that can be run on either database; they also take ``on``."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks that are named, or all. Exit status: 0 every goal met, 1 one missed or not measured."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS | ANYWHERE))
    parser.add_argument("--json", action="store_true", help="one line of JSON for each value")
    parser.add_argument("--small", action="store_true", help="less of everything, for a quick look")
    parser.add_argument(
        "--on",
        choices=(grounds.SQLITE, grounds.POSTGRES),
        default=grounds.SQLITE,
        help="the database that the stores are in",
    )
    options = parser.parse_args(arguments)
    known = ANYWHERE if options.on == grounds.POSTGRES else BENCHMARKS | ANYWHERE
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"on {options.on} there is no {unknown[0]}; there are {', '.join(known)}")
    results: list[Measured] = []
    missing = False
    for name in options.names or known:
        print(f"{name} ...", file=sys.stderr, flush=True)
        how = {"on": options.on} if name in ANYWHERE else {}
        try:
            measured = known[name](small=options.small, **how)
        except NotMeasured as why:
            print(f"{name} was not measured: {why}", file=sys.stderr)
            missing = True
            continue
        results += measured
        if options.json:
            print("\n".join(one.line() for one in measured), flush=True)
    if not options.json:
        print(table(results))
    return 1 if missing or not all(one.met for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
