"""Accounts in memory, on SQLite and on PostgreSQL keep the same contract (see the fixture ``book``)."""

from tests.contract.accounts_contract import AccountBookContract


class TestAccounts(AccountBookContract):
    """Each test of the contract, with each of them."""
