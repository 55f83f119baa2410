"""How an account stands, in a few words."""

from cspr_workflow.application.account_keeping import AccountKeeping
from cspr_workflow.application.accounts import Account
from cspr_workflow.domain.people import Role

IN_USE = "in use"


def stands(keeping: AccountKeeping, account: Account) -> str:
    """How an account stands: :data:`IN_USE`, or what is wrong or still missing."""
    person = keeping.around.people().get(account.person)
    today = keeping.around.day(keeping.around.now())
    linked = bool(keeping.book.accounts.identities(account.id))
    said = {
        "closed": account.closed,
        "has left the partnership": person is None,
        "access has ended": account.ends_on is not None and account.ends_on < today,
        "no access: an auditor's has to have a last day": (
            person is not None and person.role is Role.AUDITOR and account.ends_on is None
        ),
        "signs in with their organisation": linked and account.must_choose,
        "has not chosen a password yet": account.must_choose,
        "has no second factor yet": not account.second_factor and keeping.rules.second_factor,
    }
    return next((words for words, is_so in said.items() if is_so), IN_USE)
