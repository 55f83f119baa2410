"""An open store put together with its accounts as a site, and served."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from cspr_workflow import settings
from cspr_workflow.application.ports import Trouble
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.interfaces.rehearsal_accounts import rehearsal_sign_ins
from cspr_workflow.interfaces.signing import signing_in
from cspr_workflow.interfaces.terminal import columns, console, heading, row, safe
from cspr_workflow.interfaces.web.serving import serve
from cspr_workflow.interfaces.web.site import Site
from cspr_workflow.store.stores import open_accounts

REHEARSAL_TICK = 60
"""Seconds; nothing else lets time pass in a rehearsal."""
_WHO = 28


def serve_desk(desk: Desk, host: str, port: int, tick: int | None) -> None:
    """Serve an open store. Raises :class:`Trouble`."""
    named = f"[{host}]" if ":" in host else host
    found = settings.from_environment(f"http://{named}:{port}")
    check_encrypted(desk, found)
    # Ctrl+C is how it is meant to end.
    with suppress(KeyboardInterrupt), opened_site(desk, found) as site:
        out = console()
        out.print(safe(f"The pages are served at {found.url} until you press Ctrl+C."))
        if desk.rehearsal:
            heading(out, "Sign in as")
            table = columns(_WHO, None)
            ways = rehearsal_sign_ins(desk, site.signing_in)
            for one in ways:
                row(table, one.person.id, f"{one.name}, {one.person.role.called}")
            out.print(table)
            out.print(safe(f"The password of each is {ways[0].password}"))
        serve(site, host, port, tick or (REHEARSAL_TICK if desk.rehearsal else None))


def check_encrypted(desk: Desk, found: settings.Settings) -> None:
    """Raise :class:`Trouble` where people would reach real cases without encryption."""
    if not (desk.rehearsal or found.secure or found.is_this_machine):
        raise Trouble(
            f"{settings.URL}: {found.url} is not encrypted, and this is no rehearsal. Put a reverse proxy that "
            "encrypts before it, and name its address, such as https://escalations.example."
        )


@contextmanager
def opened_site(desk: Desk, found: settings.Settings) -> Iterator[Site]:
    """The site of an open store."""
    with closing(open_accounts(desk.store)) as accounts:
        signing = signing_in(desk, accounts, second_factor=not desk.rehearsal)
        yield Site(desk, found, signing, accounts.readings)
