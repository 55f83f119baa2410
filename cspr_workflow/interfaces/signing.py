"""Who is who in an open store: its accounts and the signing in, put together for pages and commands."""

from cspr_workflow.application.account_keeping import SignInRules, Surroundings
from cspr_workflow.application.passwords import Hasher
from cspr_workflow.application.signing_in import SigningIn
from cspr_workflow.interfaces.desk import Desk
from cspr_workflow.store.accounts import StoredAccountBook
from cspr_workflow.store.password_hash import Argon2id
from cspr_workflow.store.telephone_codes import TelephoneCodes

_ISSUER = "CSPR escalations"


def signing_in(
    desk: Desk,
    accounts: StoredAccountBook,
    *,
    second_factor: bool = True,
    hasher: Hasher | None = None,
) -> SigningIn:
    """The signing in of a store; only a rehearsal can do without the ``second_factor``.

    The clock is the real one in a rehearsal, too: sessions are about real people.
    """
    around = Surroundings(
        people=lambda: desk.workflow.partnership.people,
        now=desk.real_now,
        day=desk.policy.civil.day,
    )
    issuer = f"{_ISSUER} (rehearsal)" if desk.rehearsal else _ISSUER
    rules = SignInRules(rehearsal=desk.rehearsal, second_factor=second_factor)
    return SigningIn(accounts, around, hasher or Argon2id(), TelephoneCodes(issuer), rules)
