"""A store moved from a folder to a server or the other way round; what it was moved from stays as it is."""

from collections.abc import Callable, Collection
from contextlib import closing, suppress
from pathlib import Path

from cspr_workflow.application.ports import Trouble
from cspr_workflow.postgres import Server
from cspr_workflow.store import migrations, stores
from cspr_workflow.store.copying import Copied, Progress, Source, copy
from cspr_workflow.store.copying_folders import FromFolders, ToFolders
from cspr_workflow.store.copying_servers import FromServer, ToServer
from cspr_workflow.store.folder import StoreFolder, put_in_place
from cspr_workflow.store.postgres_store import ServerStore
from cspr_workflow.store.stores import Place, Store


def source_of(store: Store) -> Source:
    """An open store as what it is copied from."""
    if isinstance(store, ServerStore):
        return FromServer(store.server)
    assert isinstance(store, StoreFolder)
    return FromFolders(store.path)


def move(
    source: Source,
    store: str,
    to: Place,
    finish: Callable[[Store], None],
    progress: Progress | None = None,
    without: Collection[str] = (),
) -> list[Copied]:
    """Copy the whole of a ``store``, by its id, to a new place ``without`` the rows of some tables.

    ``finish`` builds the views there. On a server that comes after all else stands there for good: where
    they cannot be built they are left to the next question, and the store is whole without them.
    Raises :class:`Trouble`; then there is nothing at the new place, unless it says that nobody knows.
    """
    to = stores.place(to)
    if isinstance(to, Path):
        return _to_folder(source, store, to, finish, progress, without)
    copied = _to_server(source, to, progress, without)
    with suppress(Trouble), closing(stores.open_store(to)) as made:
        finish(made)
    return copied


def _to_folder(
    source: Source,
    store: str,
    to: Path,
    finish: Callable[[Store], None],
    progress: Progress | None,
    without: Collection[str],
) -> list[Copied]:
    with put_in_place(to) as (beside,):
        copied = copy(source, ToFolders(store, beside, beside), progress=progress, without=without)
        with closing(stores.open_store(beside)) as made:
            finish(made)
    return copied


def _to_server(
    source: Source, to: str, progress: Progress | None, without: Collection[str]
) -> list[Copied]:
    server = Server(to)
    try:
        migrations.check(server)
        with server.all_or_nothing():
            return copy(source, ToServer(server), progress=progress, without=without)
    finally:
        server.close()
