"""The keys that seal free text: one for each incident, apart from the record and with a backup of their own.

Without a key, the texts about its incident can be read nowhere, while everything else of the record
stays as it is.
"""

import hashlib
import hmac
import os
import threading
from collections.abc import Sequence
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cspr_workflow.application.ports import Trouble
from cspr_workflow.store.tables import Place, Writing, made, opened

MARK, FORM = 0x6353504B, 1
TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE keys (incident TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
"""
_SALT, _NONCE = 32, 12
_SECRETS = "key of the accounts' secrets"
UNREADABLE = "(this text can no longer be read: its key is gone)"


class Keys:
    """The keys of one store, for every thread of a program.

    New keys wait in ``_new`` until they are on disk; meanwhile their ciphers seal and open. What was read from
    disk is only ever added to the ciphers, so that it takes the place of none.
    """

    def __init__(self, place: Place, store: str) -> None:
        self._tables = opened(place, MARK, FORM, "the file of the keys")
        self._lock = threading.Lock()
        self._ciphers: dict[str, AESGCM] = {}
        self._new: dict[str, bytes] = {}
        if self._about("store") != store.encode():
            self.close()
            raise Trouble(
                f"{self._tables}: these keys belong to another store. Restore this store's own."
            )

    @staticmethod
    def make(place: Place, store: str) -> None:
        """Make new keys for a store. Raises :class:`Trouble` where there are keys already."""
        with made(place, TABLES, MARK, FORM) as new, new.writing() as connection:
            if not _added(connection, "about", "store", store.encode()):
                raise Trouble(f"{new}: there are keys here already, of this or another store.")
            _added(connection, "about", "secret", os.urandom(32))

    def close(self) -> None:
        """Close what the keys are kept in."""
        self._tables.close()

    @property
    def incidents(self) -> set[str]:
        """The incidents that have a key."""
        return {incident for (incident,) in self._tables.read("SELECT incident FROM keys")}

    def _about(self, name: str) -> bytes:
        for (value,) in self._tables.read("SELECT value FROM about WHERE name=?", name):
            return bytes(value)
        raise Trouble(f"{self._tables}: the keys are damaged. Restore them from their backup.")

    @cached_property
    def _secret(self) -> bytes:
        return self._about("secret")

    def digest(self, content: bytes) -> str:
        """A hash that only the holder of the keys can work out."""
        return hmac.digest(self._secret, content, "sha256").hex()

    # --- Sealing -----------------------------------------------------------------------------

    def seal(self, incident: str, event: str, field: str, text: str) -> tuple[str, bytes]:
        """A commitment to a text (SHA-256 of 32 bytes of salt and the text), and the sealed text."""
        salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
        content = salt + text.encode()
        sealed = self._cipher_to_seal(incident).encrypt(nonce, content, _bound(event, field))
        return hashlib.sha256(content).hexdigest(), nonce + sealed

    def open(self, incident: str, event: str, field: str, box: bytes) -> tuple[str, str] | None:
        """A sealed text and its commitment, or ``None`` where its key is gone.

        Raises :class:`Trouble` where the box was altered or stood elsewhere before.
        """
        cipher = self._cipher(incident)
        if cipher is None:
            return None
        try:
            content = cipher.decrypt(box[:_NONCE], box[_NONCE:], _bound(event, field))
        except (InvalidTag, ValueError):
            raise Trouble(
                f"The sealed text {field} of event {event} was altered, or its key is another one."
            ) from None
        return content[_SALT:].decode(), hashlib.sha256(content).hexdigest()

    def seal_secret(self, place: str, secret: str) -> bytes:
        """A secret of an account, sealed under a key for all of them and bound to its place."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key_of_secrets(make=True)).encrypt(
            nonce, secret.encode(), place.encode()
        )
        return nonce + sealed

    def open_secret(self, place: str, box: bytes) -> str:
        """A sealed secret. Raises :class:`Trouble` where it, its place or the key is another one."""
        cipher = AESGCM(self._key_of_secrets())
        try:
            return cipher.decrypt(box[:_NONCE], box[_NONCE:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise Trouble(
                f"{self._tables}: the sealed secret {place} was altered, or its key is another one. Restore "
                "the newest backup of the keys, or reset the account (cspr accounts reset)."
            ) from None

    def _key_of_secrets(self, *, make: bool = False) -> bytes:
        if make:
            with self._tables.writing() as connection:
                _added(connection, "about", _SECRETS, AESGCM.generate_key(256))
        return self._about(_SECRETS)

    def make_key(self, incident: str) -> None:
        """A key for a new incident; it is kept once :meth:`keep` has been called."""
        if self._cipher(incident) is not None:
            return
        with self._lock:
            if self._cipher(incident) is None:
                # A key that could not be written yet may have sealed something that waits with it.
                key = self._new.setdefault(incident, AESGCM.generate_key(256))
                self._ciphers[incident] = AESGCM(key)

    def keep(self) -> Sequence[str]:
        """Write the new keys to disk; to be called before what they seal is.

        The incidents for which another program made a key meanwhile: that one holds. Where another thread is
        writing, this waits for what comes of it, and writes itself what that one could not.
        """
        with self._lock:
            if not self._new:
                return ()
            lost = list(self._new)
            try:
                with self._tables.writing() as connection:
                    others = [
                        incident
                        for incident, key in self._new.items()
                        if not _kept(connection, incident, key)
                    ]
                self._new, lost = {}, others
            finally:
                # What is not kept under this key is not to be opened or sealed with it.
                for incident in lost:
                    self._ciphers.pop(incident, None)
            return others

    def _cipher_to_seal(self, incident: str) -> AESGCM:
        cipher = self._cipher(incident)
        if cipher is None:
            raise Trouble(
                f"{self._tables}: the key of {incident} is missing; nothing was recorded. "
                "Restore the newest backup of the keys (cspr restore --keys)."
            )
        return cipher

    def _cipher(self, incident: str) -> AESGCM | None:
        if (known := self._ciphers.get(incident)) is not None:
            return known
        for (key,) in self._tables.read("SELECT key FROM keys WHERE incident=?", incident):
            try:
                return self._ciphers.setdefault(incident, AESGCM(key))
            except (TypeError, ValueError):
                raise Trouble(
                    f"{self._tables}: the key of {incident} is damaged. Restore the keys from their backup."
                ) from None
        return None


def _added(connection: Writing, table: str, name: str, value: bytes) -> bool:
    """Add a row, unless there is one by this name; whether there was none."""
    statement = f"INSERT INTO {table} VALUES (?, ?) ON CONFLICT DO NOTHING"  # noqa: S608 - a name of our own
    return bool(connection.execute(statement, (name, value)).rowcount)


def _kept(connection: Writing, incident: str, key: bytes) -> bool:
    """Add a key, unless the incident has one; whether this is the one that it has now."""
    if _added(connection, "keys", incident, key):
        return True
    # It may be the one whose writing was done, although nobody could say so.
    found = connection.execute("SELECT key FROM keys WHERE incident=?", (incident,)).fetchone()
    return bytes(found[0]) == key


def _bound(event: str, field: str) -> bytes:
    """What a sealed text is bound to: it cannot be opened in another place."""
    return f"{event}/{field}".encode()
