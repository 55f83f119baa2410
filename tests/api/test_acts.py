"""Acts over the API: each of them once, refused, sent again, previewed, with warnings."""

from uuid import uuid4

import pytest

from cspr_workflow.application.ports import Contended, Trouble
from cspr_workflow.domain.errors import Code
from cspr_workflow.interfaces.api.acts import EVERY_ACT
from cspr_workflow.interfaces.api.answers import STATUSES
from tests.api.story import INFORM, ONE, RAISE, STORY, TWO, Step, refused, send
from tests.web.site import MadeSite


class TestEachAct:
    def test_each_is_recorded_once_however_often_it_is_sent(self, made: MadeSite) -> None:
        record = made.store.desk.record
        for step in STORY:
            command, before = str(uuid4()), record.last()
            would = send(made, step.by, step.act, **step.fields, preview=True)
            assert (would.status_code, would.json().get("recorded")) == (200, []), would.json()
            assert record.last() == before, "a preview stores nothing"
            done = send(made, step.by, step.act, **step.fields, command=command)
            assert done.status_code == 201, (step, done.json())
            recorded = done.json()["recorded"]
            assert [one["type"] for one in recorded] == [
                one["type"] for one in would.json()["would_record"]
            ]
            assert [one["position"] for one in recorded] == list(
                range(before[0] + 1, record.last()[0] + 1)
            )
            again = send(made, step.by, step.act, **step.fields, command=command)
            assert (again.status_code, again.json()["recorded"]) == (200, recorded)
            assert record.last()[0] == recorded[-1]["position"]
        assert {step.act for step in STORY} == set(EVERY_ACT)

    def test_where_the_case_stands_is_said(self, made: MadeSite) -> None:
        told = send(made, "officer", "inform", **INFORM).json()
        assert told["rehearsal"] is True
        assert told["standing"]["state"] == "stage_1"
        assert told["standing"]["actions"]["A1"]["what"] == "Send the chronology"
        (entry,) = told["recorded"]
        assert entry["sentence"] == "A. Officer (CSPR Officer, SCSP) informed the Business Manager."
        assert (entry["by"], entry["clause"], entry["version"]) == ("officer", "E1.1", 5)

    def test_raising_late_says_that_it_moves_at_once(self, made: MadeSite) -> None:
        fields = {**RAISE, "incident": "INC-1", "occurred": "2026-11-27T10:00"}
        told = send(made, "officer", "raise_escalation", **fields, preview=True).json()
        assert told["notices"][0].startswith("ESC-3 moves at once to Stage 1")
        assert (
            told["notices"] == send(made, "officer", "raise_escalation", **fields).json()["notices"]
        )

    def test_it_happened_when_it_is_said_to_have(self, made: MadeSite) -> None:
        for written in ("2026-12-01T09:30", "2026-12-01T10:30+01:00", "2026-12-01T09:30:00Z"):
            fields = {**ONE, "reason": "x", "occurred": written}
            told = send(made, "trust", "give_reason", **fields).json()
            assert told["recorded"][0]["occurred"] == "2026-12-01T09:30:00+00:00"

    def test_on_behalf_of_the_agency(self, made: MadeSite) -> None:
        fields = {**ONE, "reason": "x", "on_behalf_of_agency": True, "means": "e-mail"}
        told = send(made, "officer", "give_reason", **fields).json()
        assert "on behalf of the agency (by e-mail)" in told["recorded"][0]["sentence"]

    def test_a_closure_says_which_limits_it_would_move(self, made: MadeSite) -> None:
        fields = {"day": "2026-12-02", "reason": "Offices closed"}
        told = send(made, "manager", "declare_closure", **fields, preview=True).json()
        assert [one["type"] for one in told["would_record"]] == ["partnership.closure-declared.v1"]
        move = next(one for one in told["would_move"] if one["limit"] == "stage_1")
        assert (move["reference"], move["before"], move["after"]) == (
            "ESC-1", "2026-12-03", "2026-12-04",
        )  # fmt: skip
        announced = [{"day": "2026-12-02", "name": "A day"}]
        fields = {"source": "By hand", "known_to": 2028, "announced": announced}
        other = send(made, "manager", "update_bank_holidays", **fields, preview=True).json()
        assert [one["type"] for one in other["would_record"]] == [
            "partnership.bank-holiday-announced.v1"
        ]
        assert move in other["would_move"]

    def test_a_correction_names_the_entry_by_its_id_as_well(self, made: MadeSite) -> None:
        entry = send(made, "officer", "inform", **INFORM).json()["recorded"][0]
        fields = {"reference": "ESC-1", "event": entry["id"], "says": "x"}
        assert send(made, "officer", "correct", **fields, seen=5).status_code == 201
        refused(send(made, "officer", "correct", **fields, seen=5), 409, "changed")
        fields["event"] = str(uuid4())
        refused(send(made, "officer", "correct", **fields), 404, "not_found")
        refused(send(made, "trust", "correct", **fields), 403, "not_permitted")


JOINER = {"person": "lead", "role": "service_lead", "agency": "Police", "name": " E. Lead "}


class TestPeople:
    def test_the_name_stands_in_the_directory(self, made: MadeSite) -> None:
        assert send(made, "manager", "add_person", **JOINER).status_code == 201
        assert made.store.desk.names["lead"] == "E. Lead"

    def test_sent_again_it_does_not_undo_a_correction_of_the_name(self, made: MadeSite) -> None:
        fields = {**JOINER, "command": str(uuid4())}
        send(made, "manager", "add_person", **fields)
        made.store.desk.office.name({"lead": "E. Leader"})
        assert send(made, "manager", "add_person", **fields).status_code == 200
        assert made.store.desk.names["lead"] == "E. Leader"

    def test_no_name_is_written_for_an_act_that_is_refused(self, made: MadeSite) -> None:
        refused(send(made, "officer", "add_person", **JOINER), 403, "not_permitted")
        assert "lead" not in made.store.desk.names


class TestRefused:
    @pytest.mark.parametrize(
        ("step", "status", "error", "field"),
        [
            (Step("audit", "inform", INFORM), 403, "not_permitted", None),
            (Step("trust", "inform", INFORM), 403, "not_permitted", None),
            (Step("deputy", "escalate", {**ONE, "reason": "x"}), 403, "conflict_of_interest", None),
            (Step("officer", "inform", {**INFORM, "escalation": "ESC-9"}), 404, "not_found", "escalation"),
            (Step("officer", "confirm_action", {**ONE, "action": "A9"}), 404, "not_found", "action"),
            (Step("officer", "raise_escalation", {**RAISE, **ONE, "incident": "INC-1"}), 409, "duplicate_reference", "escalation"),
            (Step("officer", "complete_review", {"incident": "INC-1"}), 409, "wrong_state", None),
            (Step("officer", "resolve", {**ONE, "outcome": "x"}), 409, "outstanding_actions", None),
            (Step("officer", "inform", {**INFORM, "occurred": "2026-12-01T10:01"}), 422, "in_the_future", "occurred"),
            (Step("officer", "inform", {**INFORM, "occurred": "2026-11-29T10:00"}), 422, "before_raised", "occurred"),
            (Step("officer", "raise_escalation", {**RAISE, "incident": "INC-1", "agency": "x"}), 422, "unknown_agency", "agency"),
            (Step("manager", "declare_closure", {"day": "2026-12-25", "reason": "x"}), 422, "invalid", "day"),
        ],
        ids=lambda one: getattr(one, "act", one),
    )  # fmt: skip
    def test_with_the_status_of_its_code(
        self, quiet: MadeSite, step: Step, status: int, error: str, field: str | None
    ) -> None:
        before = quiet.store.desk.record.last()
        for preview in (False, True):
            answer = send(quiet, step.by, step.act, **step.fields, preview=preview)
            told = refused(answer, status, error)
            assert told["message"].endswith(".")
            assert [one["field"] for one in told["faults"]] == ([field] if field else [])
        assert quiet.store.desk.record.last() == before

    def test_every_code_has_a_status(self) -> None:
        assert set(STATUSES) == set(Code)

    def test_a_command_of_another_act(self, made: MadeSite) -> None:
        command = str(uuid4())
        send(made, "officer", "inform", **INFORM, command=command)
        other = send(made, "trust", "give_reason", **ONE, reason="x", command=command)
        told = refused(other, 409, "duplicate_reference")
        assert told["faults"][0]["field"] == "command"


class TestSeen:
    def test_what_changed_since_is_to_be_looked_at_first(self, made: MadeSite) -> None:
        version = made.api("officer").get("questions/show?reference=ESC-1").json()["versions"]
        seen = version["escalation:ESC-1"]
        assert send(made, "trust", "give_reason", **ONE, reason="x", seen=seen).status_code == 201
        refused(send(made, "officer", "inform", **INFORM, seen=seen), 409, "changed")
        assert send(made, "officer", "inform", **INFORM, seen=seen + 1).status_code == 201

    def test_sent_again_it_is_the_same_answer(self, made: MadeSite) -> None:
        fields = {**INFORM, "seen": 4, "command": str(uuid4())}
        first, again = (send(made, "officer", "inform", **fields) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()

    def test_an_act_on_an_incident_and_on_the_partnership(self, made: MadeSite) -> None:
        api = made.api("manager")
        seen = api.get("questions/show?reference=INC-1").json()["versions"]["incident:INC-1"]
        fields = {**RAISE, "incident": "INC-1"}
        assert send(made, "officer", "raise_escalation", **fields, seen=seen).status_code == 201
        notify = {"incident": "INC-1", "body": "ofsted"}
        refused(send(made, "officer", "notify", **notify, seen=seen), 409, "changed")
        seen = api.get("questions/calendar").json()["versions"]["partnership"]
        day = {"day": "2026-12-29", "reason": "x"}
        assert send(made, "manager", "declare_closure", **day, seen=seen).status_code == 201
        refused(send(made, "manager", "withdraw_closure", **day, seen=seen), 409, "changed")
        assert api.get("questions/people").json()["versions"] == {"partnership": seen + 1}


NAMING = {**TWO, "how": "call", "said": "Born 3 May 2019, at B70 6AA"}


class TestWarnings:
    def test_nothing_is_recorded_until_they_are_accepted(self, made: MadeSite) -> None:
        before = made.store.desk.record.last()
        told = refused(send(made, "officer", "record_discussion", **NAMING), 422, "warnings")
        assert [one["field"] for one in told["faults"]] == ["said", "said"]
        assert told["faults"][0]["message"] == (
            "this looks like a date of birth. Do not name the child."
        )
        assert made.store.desk.record.last() == before
        done = send(made, "officer", "record_discussion", **NAMING, accept_warnings=True)
        assert done.status_code == 201
        assert len(done.json()["warnings"]) == 2

    def test_a_preview_says_them(self, made: MadeSite) -> None:
        answer = send(made, "officer", "record_discussion", **NAMING, preview=True)
        assert answer.status_code == 200
        assert len(answer.json()["warnings"]) == 2

    def test_a_text_that_names_nobody_is_recorded(self, made: MadeSite) -> None:
        fields = {**NAMING, "said": "x"}
        done = send(made, "officer", "record_discussion", **fields)
        assert (done.status_code, done.json()["warnings"]) == (201, [])


class TestForm:
    @pytest.mark.parametrize(
        ("fields", "field", "message"),
        [
            ({"command": "x"}, "command", "'x' is not a UUID"),
            ({"command": "{0e0b6f4c-8f0e-4f5b-9d3a-5a6f0c2b7d11}"}, "command", "is not a UUID"),
            ({"colour": "red"}, "colour", "unknown field; known are escalation, "),
            ({"name": "x"}, "name", "unknown field"),
            ({"\ud800": "x"}, "\ud800", "unknown field"),
            ({"reason": 3}, "reason", "3 is not a text"),
            ({"reason": None}, "reason", "None is not a text"),
            ({"reason": " "}, "reason", "this text may not be empty"),
            ({"reason": "a\0b"}, "reason", "this text holds characters that cannot be stored"),
            ({"reason": "a\ud800b"}, "reason", "this text holds characters that cannot be stored"),
            ({"escalation": "ESC-1\0"}, "escalation", "this text holds characters"),
            ({"occurred": "yesterday"}, "occurred", "is not a moment"),
            ({"occurred": "0001-01-01T00:00"}, "occurred", "is too far away"),
            ({"seen": -1}, "seen", "-1 is not the version of a case"),
            ({"seen": True}, "seen", "True is not a whole number"),
            ({"preview": "yes"}, "preview", "'yes' is neither true nor false"),
            ({"means": "call"}, "on_behalf_of_agency", "has to be true where means is given"),
            ({"on_behalf_of_agency": True}, "means", "this field is missing: how"),
            ({"on_behalf_of_agency": True, "means": "pigeon"}, "means", "is not one of call, "),
        ],
    )
    def test_each_fault_is_named(
        self, quiet: MadeSite, fields: dict[str, object], field: str, message: str
    ) -> None:
        answer = send(quiet, "trust", "give_reason", **{**ONE, "reason": "x", **fields})
        told = refused(answer, 422, "invalid")
        (fault,) = told["faults"]
        assert fault["field"] == field
        assert message in fault["message"]

    def test_all_of_them_at_once_and_inside(self, quiet: MadeSite) -> None:
        sets = [{"action": "A1", "owner": "nobody", "due": "soon"}]
        body = {"decision": "x", "sets": sets}
        answer = quiet.api("chair").post("acts/decide", json=body)
        faults = refused(answer, 422, "invalid")["faults"]
        assert [one["field"] for one in faults] == [
            "escalation", "reasons", "sets[0].what", "sets[0].owner", "sets[0].due", "command",
        ]  # fmt: skip

    def test_a_closure_did_not_happen_at_a_moment(self, quiet: MadeSite) -> None:
        fields = {"day": "2026-12-29", "reason": "x", "occurred": "2026-12-01T09:00"}
        told = refused(send(quiet, "manager", "declare_closure", **fields), 422, "invalid")
        assert told["faults"][0]["field"] == "occurred"

    def test_somebody_who_is_added_has_a_name(self, quiet: MadeSite) -> None:
        fields = {"person": "lead", "role": "service_lead", "agency": "Police"}
        told = refused(send(quiet, "manager", "add_person", **fields), 422, "invalid")
        assert told["faults"] == [{"field": "name", "message": "this field is missing"}]

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"", "this is not JSON: "),
            (b"{", "this is not JSON: "),
            (b"[]", "[] is not an object with the fields of an act"),
            (b"\xff", "this is not a text in UTF-8"),
            (b'{"seen": NaN}', "this is not JSON: NaN is not a JSON value"),
            (b'{"seen": 1, "seen": 2}', "this is not JSON: a field stands twice"),
            (b'{"seen": ' + b"9" * 5000 + b"}", "this is not JSON: "),
            (b"[" * 100_000, "this is not JSON: "),
        ],
        ids=lambda one: one[:12],
    )
    def test_what_is_no_object(self, quiet: MadeSite, body: bytes, message: str) -> None:
        told = refused(quiet.api("officer").post("acts/inform", content=body), 422, "invalid")
        assert told["message"].startswith(message)

    def test_more_than_can_be_taken(self, made: MadeSite) -> None:
        fields = {**ONE, "reason": "x" * 200_000}
        assert send(made, "trust", "give_reason", **fields).status_code == 201
        fields = {**ONE, "reason": "x" * 1_000_000}
        assert send(made, "trust", "give_reason", **fields).status_code == 413


class TestStoreThatFails:
    @pytest.mark.parametrize(
        ("trouble", "error", "told"),
        [
            (Contended("Others were faster."), "contended", "Others were faster."),
            (Trouble("/srv/store: the disk is full"), "unavailable", "The store cannot be used"),
        ],
    )
    def test_it_is_to_be_tried_again(
        self,
        made: MadeSite,
        monkeypatch: pytest.MonkeyPatch,
        trouble: Trouble,
        error: str,
        told: str,
    ) -> None:
        def fails(*_: object) -> None:
            raise trouble

        fields = {**INFORM, "command": str(uuid4())}
        monkeypatch.setattr(made.store.desk.workflow, "do", fails)
        answer = send(made, "officer", "inform", **fields)
        assert refused(answer, 503, error)["message"].startswith(told)
        assert "/srv" not in answer.text
        monkeypatch.undo()
        assert send(made, "officer", "inform", **fields).status_code == 201
