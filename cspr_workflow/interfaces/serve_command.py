"""The command that serves the pages and the programming interface of a store."""

from typing import Annotated

import typer

from cspr_workflow.interfaces.desk import StoreOption, opened_desk

HOST, PORT = "127.0.0.1", 8000


def serve_command(
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="From which address of this machine to serve."),
    ] = HOST,
    port: Annotated[int, typer.Option(min=1, max=65535, help="From which port.")] = PORT,
    tick: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help="Let time pass every so many seconds, where no timer of the system runs cspr tick. "
            "A rehearsal does it once a minute by itself.",
        ),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Serve the pages, for people's browsers, until it is stopped (Ctrl+C).

    Behind a reverse proxy that encrypts, CSPR_URL names the address that people type, such as
    https://escalations.example, and CSPR_PROXIES the address from which the proxy asks.
    """
    # The libraries of the pages would delay the start of every other command.
    from cspr_workflow.interfaces.web.served import serve_desk  # noqa: PLC0415

    with opened_desk(store) as desk:
        serve_desk(desk, host, port, tick)
