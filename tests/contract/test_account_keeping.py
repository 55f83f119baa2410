"""Keeping accounts: who may, for whom, until when, and what every act leaves in the log."""

from datetime import date, timedelta

import pytest

from cspr_workflow.application.accounts import Identity
from cspr_workflow.application.signing_in import Step
from cspr_workflow.domain.errors import Code, Refusal
from tests.contract.front_door import HERE, PASSWORD, FrontDoor, refusal

IDENTITY = Identity("https://issuer.example", "subject 1")
TODAY = date(2026, 11, 30)


def refused(code: Code, says: str, what) -> None:
    with pytest.raises(Refusal) as caught:
        what()
    assert caught.value.code is code
    assert caught.value.message.startswith(says)


def last_line(front: FrontDoor) -> tuple[str, str, str]:
    (line,) = front.book.log.lines(limit=1)
    assert line.moment == front.now
    return line.what, line.account, line.by


class TestWho:
    ACTS = (
        "open_account", "reset", "close_account", "change_end", "sign_out_everywhere", "link", "unlink",
    )  # fmt: skip

    def act(self, front: FrontDoor, name: str, by: str) -> None:
        account = front.account("trust").id
        given = {
            "open_account": ("board", "a.name", None),
            "change_end": (account, date(2027, 1, 31)),
            "link": (account, IDENTITY),
            "unlink": (account, Identity("https://another.example", "linked")),
        }.get(name, (account,))
        getattr(front.door, name)(*given, by=by)

    @pytest.fixture
    def kept(self, front):
        front.ready("trust")
        front.book.accounts.link(
            front.account("trust").id, Identity("https://another.example", "linked")
        )
        return front

    @pytest.mark.parametrize("by", ["admin", "manager"])
    @pytest.mark.parametrize("name", ACTS)
    def test_administrators_and_business_managers_keep_accounts(self, kept, name, by):
        before = len(kept.book.log.lines())
        self.act(kept, name, by)
        assert len(kept.book.log.lines()) == before + 1
        assert last_line(kept)[2] == by

    @pytest.mark.parametrize("by", ["officer", "chair", "audit", "board", "nobody"])
    @pytest.mark.parametrize("name", ACTS)
    def test_nobody_else_does(self, kept, name, by):
        before = (list(kept.book.accounts.all()), kept.noted())
        refused(
            Code.NOT_PERMITTED, f"by: {by} may not keep accounts", lambda: self.act(kept, name, by)
        )
        assert (list(kept.book.accounts.all()), kept.noted()) == before

    def test_who_has_left_keeps_none_either(self, kept):
        del kept.people["admin"]
        refused(Code.NOT_PERMITTED, "by: admin", lambda: self.act(kept, "close_account", "admin"))


class TestOpening:
    def test_somebody_gets_an_account_and_a_password_for_one_time(self, front):
        one_time = front.door.open_account("officer", " A.Officer@scsp.example ", None, by="admin")
        account = front.account("officer")
        assert one_time.account == account
        assert (account.sign_in, account.ends_on, account.must_choose, account.second_factor) == (
            "A.Officer@scsp.example", None, True, False,
        )  # fmt: skip
        assert last_line(front) == ("account opened", account.id, "admin")
        assert front.step(front.given("a.officer@scsp.example", one_time.password))
        assert one_time.password not in repr(one_time)

    def test_no_two_passwords_are_the_same(self, front):
        told = {front.opened(who).password for who in ("officer", "manager", "trust")}
        assert len(told) == 3
        assert {len(one) for one in told} == {23}

    @pytest.mark.parametrize(
        ("person", "sign_in", "ends_on", "code", "says"),
        [
            ("nobody", "a.name", None, Code.NOT_FOUND, "person: nobody by the id nobody takes part"),
            ("officer", "ab", None, Code.INVALID, "sign_in: a sign-in name has 3 to 100 characters"),
            ("officer", "a" * 101, None, Code.INVALID, "sign_in: a sign-in name has 3 to 100"),
            ("officer", "a name", None, Code.INVALID, "sign_in: a sign-in name has letters"),
            ("officer", "a\nname", None, Code.INVALID, "sign_in: a sign-in name has letters"),
            ("audit", "a.name", None, Code.INVALID, "ends_on: an auditor's access has a last day"),
            ("audit", "a.name", date(2026, 11, 29), Code.INVALID, "ends_on: 2026-11-29 is before today"),
            ("manager", "a.name", None, Code.DUPLICATE_REFERENCE, "person: manager has an account"),
            ("officer", "MANAGER", None, Code.DUPLICATE_REFERENCE, "sign_in: somebody signs in as"),
        ],
    )  # fmt: skip
    def test_what_is_refused_opens_nothing(self, front, person, sign_in, ends_on, code, says):
        front.opened("manager")
        refused(code, says, lambda: front.door.open_account(person, sign_in, ends_on, by="admin"))
        assert len(front.book.accounts.all()) == len(front.noted()) == 1

    def test_an_auditor_gets_one_up_to_a_day(self, front):
        assert front.opened("audit", "2026-11-30").account.ends_on == TODAY

    def test_after_closing_somebody_can_get_another_one(self, front):
        front.ready("officer")
        before = front.account("officer").id
        front.door.close_account(before, by="admin")
        assert last_line(front) == ("account closed", before, "admin")
        refused(Code.NOT_FOUND, "account:", lambda: front.door.close_account(before, by="admin"))
        refused(Code.NOT_FOUND, "account:", lambda: front.door.reset(before, by="admin"))
        one_time = front.opened("officer")
        assert one_time.account.id != before
        assert refusal(lambda: front.given("officer", PASSWORD))
        assert front.given("officer", one_time.password)


class TestReset:
    def test_a_forgotten_password_is_replaced_and_the_telephone_stays(self, front):
        front.ready("officer")
        one_time = front.door.reset(front.account("officer").id, by="admin")
        assert last_line(front)[0] == "password reset"
        assert one_time.account == front.account("officer")
        assert refusal(lambda: front.given("officer", PASSWORD))
        token = front.given("officer", one_time.password)
        assert front.step(token) is Step.CHOOSE_PASSWORD
        token = front.door.choose_password(token, PASSWORD)
        assert front.step(token) is Step.CODE
        assert front.session(front.door.code(token, front.code("officer"))).is_complete

    def test_a_lost_telephone_is_forgotten(self, front):
        front.ready("officer")
        one_time = front.door.reset(front.account("officer").id, by="admin", second_factor=True)
        assert last_line(front)[0] == "password and second factor reset"
        assert not one_time.account.second_factor
        token = front.door.choose_password(front.given("officer", one_time.password), PASSWORD)
        assert front.step(token) is Step.ENROL
        assert front.book.accounts.recovery_left(one_time.account.id) == 0

    def test_of_an_account_that_is_none_nothing_is_reset(self, front):
        refused(Code.NOT_FOUND, "account:", lambda: front.door.reset("a9", by="admin"))
        assert front.noted() == []


class TestTheLastDay:
    def test_it_is_changed_and_taken_away(self, front):
        front.ready("officer")
        account = front.account("officer").id
        front.door.change_end(account, TODAY, by="admin")
        assert last_line(front)[0] == "last day changed to 2026-11-30"
        assert front.account("officer").ends_on == TODAY
        front.door.change_end(account, None, by="admin")
        assert last_line(front)[0] == "last day taken away"
        assert front.signed_in("officer")

    def test_an_auditors_is_never_taken_away(self, front):
        account = front.opened("audit", "2026-12-31").account.id
        refused(Code.INVALID, "ends_on:", lambda: front.door.change_end(account, None, by="admin"))
        earlier = date(2026, 11, 29)
        refused(
            Code.INVALID, "ends_on:", lambda: front.door.change_end(account, earlier, by="admin")
        )
        assert front.account("audit").ends_on == date(2026, 12, 31)

    def test_nobody_signs_others_out_but_those_who_keep_accounts(self, front):
        front.ready("officer", "trust")
        token = front.signed_in("officer")
        account = front.account("officer").id
        refused(
            Code.NOT_PERMITTED,
            "by: trust",
            lambda: front.door.sign_out_everywhere(account, by="trust"),
        )
        assert front.session(token)


class TestIdentities:
    def test_an_account_of_another_organisation_is_linked(self, front):
        front.ready("officer")
        account = front.account("officer")
        assert front.door.account_by_identity(IDENTITY) is None
        front.door.link(account.id, IDENTITY, by="admin")
        assert front.door.account_by_identity(IDENTITY) == account
        assert last_line(front)[0] == "linked to an account of https://issuer.example"

    def test_it_is_linked_to_one_only(self, front):
        front.ready("officer", "manager")
        front.door.link(front.account("officer").id, IDENTITY, by="admin")
        other = front.account("manager").id
        refused(
            Code.DUPLICATE_REFERENCE,
            "identity: it is linked",
            lambda: front.door.link(other, IDENTITY, by="admin"),
        )

    def test_it_gives_no_access_that_the_account_does_not(self, front):
        front.ready("officer")
        front.door.link(front.account("officer").id, IDENTITY, by="admin")
        del front.people["officer"]
        assert front.door.account_by_identity(IDENTITY) is None

    def test_a_link_is_undone_and_its_sessions_end(self, front):
        front.ready("officer", "manager")
        account = front.account("officer").id
        front.door.link(account, IDENTITY, by="admin")
        token = front.signed_in("officer")
        other = front.account("manager").id
        refused(Code.NOT_FOUND, "identity:", lambda: front.door.unlink(other, IDENTITY, by="admin"))
        assert front.session(token)
        front.door.unlink(account, IDENTITY, by="admin")
        assert front.door.account_by_identity(IDENTITY) is None
        assert front.door.session(token) is None


class TestKeysOfPrograms:
    def made(self, front: FrontDoor, ends_on: date = date(2027, 1, 31)):
        return front.door.make_key(
            front.account("officer").id, " the dashboard ", ends_on, by="officer"
        )

    def test_a_program_comes_in_with_its_token(self, front):
        front.ready("officer")
        key, token = self.made(front)
        assert front.door.account_by_key(token) == front.account("officer")
        assert front.door.account_by_key(key.id) is None
        assert (key.name, key.made, key.ends_on) == ("the dashboard", front.now, date(2027, 1, 31))
        assert list(front.door.keys(front.account("officer").id)) == [key]
        assert last_line(front)[0] == f"key {key.id[:8]} made, valid up to 2027-01-31"

    def test_up_to_the_end_of_its_last_day(self, front):
        front.ready("officer")
        _, token = self.made(front, TODAY)
        front.now = front.now.replace(hour=23, minute=59)
        assert front.door.account_by_key(token)
        front.later(minutes=1)
        assert front.door.account_by_key(token) is None

    @pytest.mark.parametrize("what", ["left", "closed", "ended"])
    def test_as_long_as_the_account_gives_access(self, front, what):
        front.ready("officer")
        _, token = self.made(front)
        if what == "left":
            del front.people["officer"]
        elif what == "closed":
            front.door.close_account(front.account("officer").id, by="admin")
        else:
            front.door.change_end(front.account("officer").id, TODAY, by="admin")
            front.later(days=1)
        assert front.door.account_by_key(token) is None

    @pytest.mark.parametrize(
        ("name", "days", "by", "says"),
        [
            ("x", 366, "officer", "ends_on: a key ends between 2026-11-30 and 2027-11-30"),
            ("x", -1, "officer", "ends_on: a key ends between"),
            (" ", 1, "officer", "name: say in up to 100 characters"),
            ("a\nb", 1, "officer", "name: say in up to 100 characters"),
            ("x" * 101, 1, "officer", "name: say in up to 100 characters"),
            ("x", 1, "admin", "by: only officer can make a key"),
            ("x", 1, "trust", "by: only officer can make a key"),
        ],
    )
    def test_what_is_refused_makes_no_key(self, front, name, days, by, says):
        front.ready("officer")
        account = front.account("officer").id
        with pytest.raises(Refusal) as caught:
            front.door.make_key(account, name, TODAY + timedelta(days=days), by=by)
        assert caught.value.message.startswith(says)
        assert list(front.door.keys(account)) == []

    def test_a_year_is_the_longest(self, front):
        front.ready("officer")
        assert self.made(front, date(2027, 11, 30))

    @pytest.mark.parametrize("by", ["officer", "admin"])
    def test_its_person_and_those_who_keep_accounts_take_it_away(self, front, by):
        front.ready("officer")
        key, token = self.made(front)
        front.door.revoke_key(key.id, by=by)
        assert front.door.account_by_key(token) is None
        assert last_line(front) == (
            f"key {key.id[:8]} revoked", front.account("officer").id, by,
        )  # fmt: skip
        refused(Code.NOT_FOUND, "key:", lambda: front.door.revoke_key(key.id, by=by))

    def test_nobody_else_does(self, front):
        front.ready("officer")
        key, token = self.made(front)
        refused(Code.NOT_PERMITTED, "by: trust", lambda: front.door.revoke_key(key.id, by="trust"))
        assert front.door.account_by_key(token)


def test_where_somebody_signed_in_from_is_noted(front):
    front.ready("officer")
    front.signed_in("officer", address="2001:db8::7")
    (line,) = front.book.log.lines(limit=1)
    assert (line.what, line.by, line.address) == ("signed in", "officer", "2001:db8::7")
    front.door.sign_out(front.signed_in("officer"))
    (line,) = front.book.log.lines(limit=1)
    assert (line.what, line.by, line.address) == ("signed out", "officer", HERE)
