"""Long, randomised checks, one campaign at a time: ``scripts/campaign process``."""

import argparse
import sys
from types import ModuleType

from tests.campaigns import api, faults, process

CAMPAIGNS: dict[str, ModuleType] = {
    process.NAME: process,
    api.NAME: api,
    faults.NAME: faults,
}
"""Every campaign: a module with ``add_options`` and ``run``."""


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign that is named. Exit status: 0 nothing found, 1 a fault found, 2 misused."""
    parser = argparse.ArgumentParser(prog="scripts/campaign", description=__doc__)
    named = parser.add_subparsers(dest="campaign", required=True)
    for name, module in CAMPAIGNS.items():
        module.add_options(named.add_parser(name, help=module.__doc__))
    options = parser.parse_args(arguments)
    status: int = CAMPAIGNS[options.campaign].run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
