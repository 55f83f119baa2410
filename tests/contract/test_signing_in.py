"""Signing in: what it takes, what is refused, and what nobody can learn from a refusal."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from pyotp import TOTP

from cspr_workflow.application.account_keeping import SignInRules
from cspr_workflow.application.accounts import Stage
from cspr_workflow.application.attempts import SignInRefused
from cspr_workflow.application.signing_in import Step
from cspr_workflow.domain.errors import Refusal
from cspr_workflow.store.password_hash import Argon2id
from tests.contract.accounts_contract import at_once
from tests.contract.front_door import (
    ANOTHER,
    HERE,
    PASSWORD,
    WRONG,
    FrontDoor,
    refusal,
    rehearsal,
)


class TestTheFirstTime:
    def test_a_password_is_chosen_a_telephone_enrolled_and_somebody_is_in(self, front):
        one_time = front.opened("officer")
        given = front.given("officer", one_time.password)
        assert front.step(given) is Step.CHOOSE_PASSWORD
        chosen = front.door.choose_password(given, PASSWORD)
        assert front.step(chosen) is Step.ENROL
        assert not front.session(chosen).is_complete
        token = front.enrolled("officer", chosen)
        assert front.step(token) is Step.NONE
        session = front.session(token)
        assert (session.is_complete, session.person, session.via) == (True, "officer", "local")
        assert len({given, chosen, token}) == 3
        assert front.door.session(given) is front.door.session(chosen) is None
        assert front.noted() == [
            "signed in", "second factor enrolled", "password chosen", "account opened",
        ]  # fmt: skip

    def test_a_telephone_reads_the_secret_from_a_picture(self, front):
        token = front.given("officer", front.opened("officer").password)
        token = front.door.choose_password(token, PASSWORD)
        enrolment = front.door.enrol(token)
        assert enrolment.address == (
            f"otpauth://totp/Test:officer?secret={enrolment.secret}&issuer=Test"
        )
        assert front.door.enrol(token) == enrolment, "a page that is loaded again shows the same"
        assert len(enrolment.secret) == 32

    def test_a_one_time_password_lasts_three_days(self, front):
        one_time = front.opened("officer")
        assert one_time.until == front.now + timedelta(days=3)
        front.later(days=3, seconds=-1)
        assert front.given("officer", one_time.password)
        front.later(seconds=1)
        assert refusal(lambda: front.given("officer", one_time.password)).sentence.startswith(WRONG)

    def test_a_one_time_password_is_gone_when_another_is_chosen(self, front):
        one_time = front.opened("officer")
        front.door.choose_password(front.given("officer", one_time.password), PASSWORD)
        assert refusal(lambda: front.given("officer", one_time.password))

    def test_steps_are_not_passed_over(self, front):
        one_time = front.opened("officer")
        token = front.given("officer", one_time.password)
        for step in (
            lambda: front.door.enrol(token),
            lambda: front.door.confirm_enrolment(token, "123456"),
            lambda: front.door.code(token, "123456"),
            lambda: front.door.recovery_code(token, "abcd"),
        ):
            assert refusal(step)
            assert not front.session(token).is_complete

    def test_a_wrong_code_enrols_nothing(self, front):
        token = front.given("officer", front.opened("officer").password)
        token = front.door.choose_password(token, PASSWORD)
        secret = front.door.enrol(token).secret
        wrong = TOTP(secret).at(front.now + timedelta(minutes=5))
        assert refusal(lambda: front.door.confirm_enrolment(token, wrong)).sentence.startswith(
            WRONG
        )
        assert not front.account("officer").second_factor
        assert front.step(token) is Step.ENROL
        assert front.noted()[0] == "sign-in failed"

    def test_the_code_that_confirmed_it_does_not_sign_in(self, front):
        token = front.given("officer", front.opened("officer").password)
        front.enrolled("officer", front.door.choose_password(token, PASSWORD))
        token = front.given("officer")
        assert refusal(lambda: front.door.code(token, front.code("officer")))


class TestThePassword:
    @pytest.mark.parametrize("written", ["officer", "OFFICER", " Officer "])
    def test_the_name_is_taken_in_any_case(self, front, written):
        front.ready("officer")
        assert front.step(front.given(written)) is Step.CODE

    def test_a_wrong_one_an_unknown_name_and_a_closed_account_are_told_the_same(self, front):
        front.ready("officer", "manager", "trust", "board")
        front.door.close_account(front.account("manager").id, by="admin")
        del front.people["trust"]
        front.door.change_end(front.account("board").id, front.now.date(), by="admin")
        front.later(days=1)
        checks = front.hashed.checks
        told = [
            refusal(lambda: front.given("officer", "wrong")),
            refusal(lambda: front.given("nobody", PASSWORD)),
            *(refusal(partial(front.given, who)) for who in ("manager", "trust", "board")),
        ]
        assert {(one.sentence, one.retry_after) for one in told} == {(told[0].sentence, None)}
        assert front.hashed.checks == checks + 5, "each costs one hash"
        assert front.noted()[:5] == ["sign-in failed"] * 5

    def test_a_failure_is_noted_without_the_name_that_was_typed(self, front):
        front.ready("officer")
        front.fails("officer")
        front.fails("my password, typed in the wrong field")
        unknown, known = front.book.log.lines(limit=2)
        assert (known.account, known.by, known.address) == (
            front.account("officer").id, "unknown", HERE,
        )  # fmt: skip
        assert (unknown.account, unknown.by) == ("unknown", "unknown")

    def test_accents_are_the_same_however_they_are_typed(self, front):
        token = front.given("officer", front.opened("officer").password)
        front.door.choose_password(token, "Caf\N{LATIN SMALL LETTER E WITH ACUTE}-umbrella-7")
        assert front.given("officer", "Cafe\N{COMBINING ACUTE ACCENT}-umbrella-7")

    @pytest.mark.parametrize("strange", ["\ud800", "\x00", "x" * 100_000, ""])
    def test_what_nobody_types_is_refused_like_all_else(self, front, strange):
        front.ready("officer")
        assert refusal(lambda: front.given(strange, strange)).sentence.startswith(WRONG)
        assert refusal(lambda: front.given("officer", strange)).sentence.startswith(WRONG)
        assert front.door.session(strange) is None

    def test_a_password_is_hashed_anew_when_that_is_done_in_another_way(self, front):
        front.ready("officer")
        account = front.account("officer").id
        before = front.book.accounts.password(account).hash
        front.signed_in("officer")
        assert front.book.accounts.password(account).hash == before
        front.hashed.argon = Argon2id(2, 8, 1)
        token = front.signed_in("officer")
        after = front.book.accounts.password(account).hash
        assert ("t=1," in before, "t=2," in after) == (True, True)
        assert front.session(token)
        assert front.signed_in("officer")

    @pytest.mark.parametrize(
        ("password", "says"),
        [
            ("elevenchars", "has fewer than 12 characters"),
            ("x" * 201, "has more than 200 characters"),
            ("my-OFFICER-password", "contains your sign-in name"),
            ("Password1234", "is one of the first that others would try"),
            ("ababababababab", "repeats the same few characters"),
        ],
    )
    def test_a_password_that_others_would_guess_is_not_taken(self, front, password, says):
        token = front.given("officer", front.opened("officer").password)
        with pytest.raises(Refusal, match=f"^password: this password {says}"):
            front.door.choose_password(token, password)
        assert front.step(token) is Step.CHOOSE_PASSWORD

    def test_the_one_time_password_is_not_taken_again(self, front):
        one_time = front.opened("officer")
        token = front.given("officer", one_time.password)
        with pytest.raises(Refusal, match="the password that you have"):
            front.door.choose_password(token, one_time.password)

    def test_a_password_is_changed_with_the_current_one(self, front):
        front.ready("officer")
        token, elsewhere = front.signed_in("officer"), front.signed_in("officer")
        assert refusal(lambda: front.door.choose_password(token, ANOTHER, "wrong"))
        assert refusal(lambda: front.door.choose_password(token, ANOTHER))
        changed = front.door.choose_password(token, ANOTHER, PASSWORD)
        assert front.session(changed).is_complete
        assert front.door.session(token) is front.door.session(elsewhere) is None
        assert refusal(lambda: front.given("officer", PASSWORD))
        assert front.given("officer", ANOTHER)

    def test_of_two_who_choose_at_once_in_one_session_one_goes_on(self, front):
        token = front.given("officer", front.opened("officer").password)

        def choose() -> str | None:
            try:
                return front.door.choose_password(token, PASSWORD)
            except (SignInRefused, Refusal):
                return None

        (chosen,) = filter(None, at_once(choose, 4))
        assert front.step(chosen) is Step.ENROL

    def test_a_page_that_loads_while_a_password_is_chosen_ends_no_session(self, front, monkeypatch):
        token = front.given("officer", front.opened("officer").password)
        set_password = front.book.accounts.set_password

        def meanwhile(*given) -> bool:
            done = set_password(*given)
            assert front.door.session(token) is None
            return done

        monkeypatch.setattr(front.book.accounts, "set_password", meanwhile)
        chosen = front.door.choose_password(token, PASSWORD)
        assert front.step(chosen) is Step.ENROL
        assert front.door.session(token) is None


class TestTheCode:
    @pytest.mark.parametrize("seconds", [-30, 0, 30])
    def test_a_telephone_may_be_half_a_minute_off(self, front, seconds):
        front.ready("officer")
        token = front.given("officer")
        done = front.door.code(token, front.code("officer", seconds=seconds))
        assert front.session(done).is_complete
        assert done != token
        assert front.door.session(token) is None

    @pytest.mark.parametrize("seconds", [-60, 60, 3600])
    def test_a_code_of_another_time_is_refused(self, front, seconds):
        front.ready("officer")
        token = front.given("officer")
        code = front.code("officer", seconds=seconds)
        assert refusal(lambda: front.door.code(token, code)).sentence.startswith(WRONG)
        assert front.session(token).stage is Stage.PASSWORD_GIVEN

    @pytest.mark.parametrize("code", ["", "12345", "000000x", "\ud800", "١٢٣٤٥٦"])
    def test_what_is_no_code_is_refused(self, front, code):
        front.ready("officer")
        token = front.given("officer")
        assert refusal(lambda: front.door.code(token, code))

    def test_a_code_may_be_typed_with_a_space(self, front):
        front.ready("officer")
        code = front.code("officer")
        assert front.door.code(front.given("officer"), f" {code[:3]} {code[3:]} ")

    def test_a_code_is_taken_once_and_no_older_one_after_it(self, front):
        front.ready("officer")
        older, code = front.code("officer", seconds=-30), front.code("officer")
        front.door.code(front.given("officer"), code)
        token = front.given("officer")
        assert refusal(lambda: front.door.code(token, code))
        assert refusal(lambda: front.door.code(token, older))
        front.later(seconds=30)
        assert front.door.code(token, front.code("officer"))

    def test_of_two_programs_that_are_given_one_code_at_once_one_takes_it(self, front):
        front.ready("officer")
        code, programs = front.code("officer"), [front.program(), front.program()]
        given = [(program, front.given("officer")) for program in programs]

        def sign_in(one) -> str | None:
            program, token = one
            try:
                return program.code(token, code)
            except SignInRefused:
                return None

        with ThreadPoolExecutor(2) as threads:
            done = list(filter(None, threads.map(sign_in, given)))
        assert len(done) == 1
        assert front.session(done[0]).is_complete

    def test_the_code_of_somebody_else_is_refused(self, front):
        front.ready("officer", "manager")
        token = front.given("officer")
        assert refusal(lambda: front.door.code(token, front.code("manager")))

    def test_a_code_completes_no_session_that_is_complete(self, front):
        front.ready("officer")
        token = front.signed_in("officer")
        front.later(minutes=1)
        assert refusal(lambda: front.door.code(token, front.code("officer")))
        assert front.session(token).is_complete

    def test_a_store_of_real_cases_never_does_without(self, book):
        with pytest.raises(ValueError, match="second factor"):
            SignInRules(second_factor=False)
        assert rehearsal(book).rules.second_factor is False

    def test_a_rehearsal_can_do_without(self, book):
        front = rehearsal(book).ready("officer")
        token = front.given("officer")
        assert front.session(token).is_complete
        assert front.noted()[0] == "signed in"

    def test_in_a_rehearsal_too_a_telephone_that_is_enrolled_is_asked_for(self, book):
        front = rehearsal(book).ready("officer")
        token = front.given("officer")
        front.telephones["officer"] = front.door.enrol(token, PASSWORD).secret
        front.door.confirm_enrolment(token, front.code("officer"))
        assert front.step(front.given("officer")) is Step.CODE


class TestRecovery:
    def test_each_of_ten_codes_signs_in_once(self, front):
        front.ready("officer")
        codes = front.recovery["officer"]
        assert len(set(codes)) == 10
        assert front.session(front.door.recovery_code(front.given("officer"), codes[0])).is_complete
        token = front.given("officer")
        assert refusal(lambda: front.door.recovery_code(token, codes[0])).sentence.startswith(WRONG)
        written = codes[1].replace("-", " ").upper()
        assert front.door.recovery_code(token, written)
        assert front.noted()[:2] == ["signed in", "recovery code used, 8 left"]

    def test_nobody_elses_code_is_taken(self, front):
        front.ready("officer", "manager")
        token = front.given("officer")
        assert refusal(lambda: front.door.recovery_code(token, front.recovery["manager"][0]))
        assert refusal(lambda: front.door.recovery_code(token, ""))

    def test_another_telephone_is_enrolled_with_the_password(self, front):
        front.ready("officer")
        lost, old = front.recovery["officer"], front.telephones["officer"]
        token = front.door.recovery_code(front.given("officer"), lost[0])
        elsewhere = front.signed_in("officer")
        assert refusal(lambda: front.door.enrol(token))
        assert refusal(lambda: front.door.enrol(token, "wrong"))
        assert refusal(lambda: front.door.confirm_enrolment(token, TOTP(old).at(front.now)))
        front.telephones["officer"] = front.door.enrol(token, PASSWORD).secret
        done = front.door.confirm_enrolment(token, front.code("officer"))
        assert front.session(done.token).is_complete
        assert front.door.session(elsewhere) is None
        front.later(minutes=1)
        token = front.given("officer")
        assert refusal(lambda: front.door.code(token, TOTP(old).at(front.now)))
        assert refusal(lambda: front.door.recovery_code(token, lost[1]))
        assert front.door.code(token, front.code("officer"))


class TestTooManyAttempts:
    def waits(self, front: FrontDoor, who: str = "officer") -> timedelta | None:
        return refusal(lambda: front.given(who, "wrong")).retry_after

    def test_after_five_the_next_has_to_wait_ever_longer(self, front):
        front.ready("officer")
        assert front.fails("officer", 5) == [front.fails("nobody")[0]] * 5
        waited = []
        for _ in range(9):
            wait = self.waits(front)
            waited.append(wait / timedelta(minutes=1))
            front.now += wait
            assert self.waits(front) is None
        assert waited == [1, 2, 4, 8, 16, 32, 60, 60, 60]

    def test_meanwhile_the_right_password_is_not_looked_at(self, front):
        front.ready("officer")
        front.fails("officer", 5)
        checks = front.hashed.checks
        told = refusal(lambda: front.given("officer"))
        assert told.sentence == "There were too many attempts. Try again in 1 minute."
        assert told.retry_after == timedelta(minutes=1)
        assert front.hashed.checks == checks
        front.later(seconds=59, microseconds=999_999)
        assert refusal(lambda: front.given("officer")).retry_after == timedelta(microseconds=1)
        assert front.later(microseconds=1).given("officer")

    def test_a_name_that_is_nobodys_has_to_wait_like_any_other(self, front):
        front.ready("officer")
        assert front.fails("nobody", 7) == front.fails("officer", 7)

    def test_the_case_of_a_name_is_no_way_round(self, front):
        front.ready("officer")
        for written in ("officer", "OFFICER", "Officer", " officer", "oFFICER"):
            front.fails(written)
        assert self.waits(front) == timedelta(minutes=1)

    def test_four_are_no_reason_and_old_ones_are_forgotten(self, front):
        front.ready("officer")
        for _ in range(5):
            front.fails("officer", 2)
            front.later(minutes=8)
        assert front.given("officer")

    def test_one_of_a_quarter_of_an_hour_ago_no_longer_counts(self, front):
        front.ready("officer")
        front.fails("officer", 3)
        front.later(minutes=1).fails("officer")
        front.later(minutes=14).fails("officer")
        assert front.given("officer")
        front.fails("officer", 3)
        assert self.waits(front)

    def test_a_quarter_of_an_hour_after_the_wait_it_begins_anew(self, front):
        front.ready("officer")
        front.fails("officer", 5)
        front.later(minutes=16)
        front.fails("officer", 4)
        assert front.given("officer")

    def test_signing_in_forgets_the_failures(self, front):
        front.ready("officer")
        front.fails("officer", 4)
        front.signed_in("officer")
        front.fails("officer", 4)
        assert front.given("officer")

    def test_the_password_alone_does_not_forget_them(self, front):
        """Whoever has the password cannot go on guessing codes."""
        front.ready("officer")
        for _ in range(4):
            refusal(partial(front.door.code, front.given("officer"), "000000"))
        token = front.given("officer")
        assert refusal(lambda: front.door.code(token, "000000")).retry_after is None
        assert refusal(lambda: front.door.code(token, front.code("officer"))).retry_after
        assert refusal(lambda: front.given("officer")).retry_after == timedelta(minutes=1)

    def test_the_current_password_cannot_be_guessed_in_a_session_either(self, front):
        front.ready("officer")
        token = front.signed_in("officer")
        for _ in range(5):
            refusal(lambda: front.door.choose_password(token, ANOTHER, "wrong"))
        assert refusal(lambda: front.door.choose_password(token, ANOTHER, PASSWORD)).retry_after

    def test_after_thirty_from_one_address_whatever_the_names(self, front):
        front.ready("officer")
        for number in range(30):
            front.fails(f"name {number}")
        assert refusal(lambda: front.given("officer")).retry_after == timedelta(minutes=1)
        assert front.given("officer", address="192.0.2.2")
        front.later(minutes=1)
        front.fails("name 31")
        assert refusal(lambda: front.given("officer")).retry_after == timedelta(minutes=2)

    def test_who_is_let_in_does_not_wipe_the_slate_of_an_address(self, front):
        front.ready("officer")
        for number in range(29):
            front.fails(f"name {number}")
        assert front.given("officer")
        front.fails("name 30")
        assert refusal(lambda: front.given("officer")).retry_after == timedelta(minutes=1)

    def test_who_is_let_in_after_a_wait_does_not_wait_again(self, front):
        front.ready("officer", "manager")
        for number in range(31):
            front.later(minutes=1 if number == 30 else 0).fails(f"name {number}")
        front.later(minutes=2)
        assert front.given("officer")
        assert front.given("manager")
        front.fails("name 32")
        assert refusal(lambda: front.given("officer")).retry_after == timedelta(minutes=4)

    def test_who_is_let_in_as_the_thirtieth_begins_no_waiting(self, front):
        front.ready("officer")
        for number in range(29):
            front.fails(f"name {number}")
        front.later(minutes=14)
        assert front.given("officer")
        front.later(minutes=2).fails("name 30")
        assert front.given("officer")

    def test_an_address_that_has_to_wait_makes_no_name_wait(self, front):
        front.ready("officer")
        for number in range(30):
            front.fails(f"name {number}")
        front.fails("officer", 9)
        assert front.given("officer", address="192.0.2.2")

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8::1", "2001:db8::ffff:2", True),
            ("2001:db8::1", "2001:db8:0:1::1", False),
            ("::ffff:192.0.2.1", "192.0.2.1", True),
            ("192.0.2.1", "192.0.2.2", False),
            ("no address", "no address", True),
        ],
    )
    def test_of_the_longer_addresses_a_whole_network_counts(self, front, one, other, same):
        front.ready("officer")
        for number in range(30):
            front.fails(f"name {number}", address=one)
        try:
            front.given("officer", address=other)
        except SignInRefused as refused:
            assert same and refused.retry_after
        else:
            assert not same

    def test_many_at_the_same_time_are_no_more_than_one_after_the_other(self, front):
        front.ready("officer")
        programs = [front.program() for _ in range(4)]
        numbers = iter(range(100))

        def attempt() -> bool:
            program = programs[next(numbers) % 4]
            try:
                program.password("officer", "wrong", HERE)
            except SignInRefused as refused:
                return refused.retry_after is None
            return False

        assert sum(map(bool, at_once(attempt, 16))) == 5
        assert self.waits(front) == timedelta(minutes=1)


class TestSessions:
    def test_it_lasts_as_long_as_somebody_is_there(self, front):
        front.ready("officer")
        token = front.signed_in("officer")
        for _ in range(4):
            front.later(minutes=29)
            assert front.session(token).seen == front.now
        front.later(minutes=30)
        assert front.door.session(token) is None
        assert front.later(minutes=-1).door.session(token) is None, "it is over for good"

    def test_a_page_that_asks_by_itself_keeps_it_no_longer(self, front):
        front.ready("officer")
        token = front.signed_in("officer")
        for _ in range(2):
            front.later(minutes=14)
            assert front.door.session(token, touch=False)
        front.later(minutes=2)
        assert front.door.session(token, touch=False) is None

    def test_it_ends_after_twelve_hours(self, front):
        front.ready("officer")
        token = front.signed_in("officer")
        for _ in range(12 * 4 - 1):
            front.later(minutes=15)
            assert front.session(token)
        front.later(minutes=15)
        assert front.door.session(token) is None

    def test_that_somebody_is_there_is_written_once_a_minute(self, front, monkeypatch):
        front.ready("officer")
        token = front.signed_in("officer")
        touched: list[object] = []
        touch = front.book.sessions.touch
        monkeypatch.setattr(
            front.book.sessions, "touch", lambda *given: (touched.append(given), touch(*given))
        )
        for _ in range(6):
            front.later(seconds=20)
            front.session(token)
        assert len(touched) == 2

    def test_signing_out_ends_one_and_everywhere_all(self, front):
        front.ready("officer", "manager")
        one, two, three = (front.signed_in("officer") for _ in range(3))
        others = front.signed_in("manager")
        front.door.sign_out(one)
        front.door.sign_out("no token")
        assert front.door.session(one) is None
        assert front.session(two)
        front.door.sign_out_everywhere(front.account("officer").id, by="officer")
        assert front.door.session(two) is front.door.session(three) is None
        assert front.session(others)
        assert front.noted()[0] == "signed out everywhere"

    @pytest.mark.parametrize("what", ["left", "closed", "reset", "ended", "signed out"])
    def test_it_is_over_at_the_next_request(self, front, what):
        front.ready("officer", "manager")
        token, others = front.signed_in("officer"), front.signed_in("manager")
        account = front.account("officer").id
        if what == "left":
            del front.people["officer"]
        elif what == "closed":
            front.door.close_account(account, by="admin")
        elif what == "reset":
            front.door.reset(account, by="admin")
        elif what == "signed out":
            front.door.sign_out_everywhere(account, by="admin")
        else:
            front.book.accounts.set_end(account, (front.now - timedelta(days=1)).date())
        assert front.door.session(token) is None
        assert front.session(others)

    @pytest.mark.parametrize("step", ["password", "code"])
    def test_a_step_that_was_under_way_does_not_outlive_a_reset(self, front, step, monkeypatch):
        """An administrator resets the account between the check and what comes of it."""
        front.ready("officer")
        token = front.given("officer") if step == "code" else ""
        forgiving = front.book.tallies.clear if step == "code" else front.book.sessions.forget
        where = front.book.tallies if step == "code" else front.book.sessions

        def reset_meanwhile(*given: object) -> None:
            monkeypatch.undo()
            front.door.reset(front.account("officer").id, by="admin")
            forgiving(*given)

        monkeypatch.setattr(where, forgiving.__name__, reset_meanwhile)
        try:
            after = (
                front.door.code(token, front.code("officer"))
                if step == "code"
                else front.given("officer")
            )
        except SignInRefused:
            return
        assert front.door.session(after) is None

    def test_an_access_ends_with_its_last_day_as_the_clock_on_the_wall_counts(self, front):
        front.now = front.now.replace(month=6, day=30)  # summer time: the day ends at 23:00 UTC
        one_time = front.opened("audit", ends_on="2026-06-30")
        token = front.given("audit", one_time.password)
        for _ in range(26):
            front.later(minutes=29)
            assert front.session(token)
            token = front.given("audit", one_time.password)
        front.now = front.now.replace(hour=22, minute=59, second=59)
        token = front.given("audit", one_time.password)
        front.later(seconds=1)
        assert front.door.session(token) is None
        assert refusal(lambda: front.given("audit", one_time.password))

    def test_an_auditor_without_a_last_day_has_no_access(self, front):
        front.ready("officer")
        token = front.signed_in("officer")
        front.people["officer"] = replace(front.people["audit"], id="officer")
        assert front.door.session(token) is None

    def test_a_form_belongs_to_one_session(self, front):
        front.ready("officer")
        one, two = front.signed_in("officer"), front.signed_in("officer")
        tokens = {front.session(one).csrf, front.session(two).csrf, one, two}
        assert len(tokens) == 4
        assert front.session(one).csrf == front.session(one).csrf

    def test_nothing_secret_is_shown_of_it(self, front):
        front.ready("officer")
        token = front.signed_in("officer")
        front.book.sessions.enrolling(token, "SECRET")
        shown = repr(front.session(token))
        assert token not in shown
        assert "SECRET" not in shown
        assert PASSWORD not in repr(front.book.accounts.password(front.account("officer").id))
