"""Arguments and options that several questions have at the command line."""

from typing import Annotated

import typer

ReferenceArgument = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="An incident's or an escalation's reference.")
]
AgencyOption = Annotated[
    str | None, typer.Option("--agency", metavar="AGENCY", help="Only what concerns this agency.")
]
