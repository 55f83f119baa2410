"""Bank holidays from the ``holidays`` library; the only module that imports it."""

from functools import lru_cache
from importlib.metadata import version

from cspr_workflow.application.ports import KnownHolidays

KNOWN_TO = 2028
"""The last year whose bank holidays were officially published when this version was released."""

_YEARS = range(1970, 2101)


@lru_cache(maxsize=4)
def of(region: str) -> KnownHolidays:
    """The bank holidays of a region such as ``GB-ENG``; those on a weekend are left out."""
    import holidays  # noqa: PLC0415 - a tenth of a second that not every command needs

    country, subdivision = region.split("-")
    listed = holidays.country_holidays(country, subdiv=subdivision, years=_YEARS)
    days = {day: name for day, name in sorted(listed.items()) if day.weekday() < 5}
    return KnownHolidays(region, f"holidays {version('holidays')}", KNOWN_TO, days)
