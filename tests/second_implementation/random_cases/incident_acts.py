"""Acts on an incident and on the partnership's calendar, as they could well happen."""

from __future__ import annotations

from datetime import date

from ..process.days import local_day, midnight_that_opens
from ..process.escalations import Escalation
from ..process.settings import BODIES, TIMESCALES, Act
from .choices import days, minutes
from .world import World


class IncidentActs(World):
    def report_incident(self) -> str:
        self.reported += 1
        ref = f"INC-{self.reported}"
        today = local_day(self.now)
        incident_on = today - days(self.rng.choice([0, 1, 2, 3, 5, 9, 20]))
        aware_on = min(today, incident_on + days(self.rng.choice([0, 0, 1, 2])))
        act: Act = {
            "by": self.somebody({"cspr_officer", "business_manager"}),
            "act": "report_incident",
            "incident": ref,
            "incident_on": incident_on.isoformat(),
            "aware_on": aware_on.isoformat(),
        }
        if self.chance(0.15):
            occurred = max(midnight_that_opens(incident_on), self.now - days(2))
            act["occurred"] = self.write(occurred)
        self.emit(act)
        return ref

    def raise_escalation(self, incident_ref: str, timescale: str | None = None) -> str:
        self.raised += 1
        ref = f"ESC-{self.raised}"
        incident = self.play.incidents[incident_ref]
        if timescale is None:
            open_ones = [n for n in TIMESCALES if not incident.timescales[n].is_met()]
            timescale = self.rng.choice(open_ones or TIMESCALES)
        act: Act = {
            "by": self.somebody({"cspr_officer", "business_manager"}),
            "act": "raise_escalation",
            "escalation": ref,
            "incident": incident_ref,
            "timescale": timescale,
            "agency": self.rng.choice(self.agencies()),
            "concern": "Chronology not returned",
        }
        draw = self.rng.random()
        earliest = midnight_that_opens(incident.incident_on)
        if draw < 0.15:  # written up late
            occurred = self.now - days(self.rng.choice([1, 2, 4, 6, 9, 13]))
            act["occurred"] = self.write(max(earliest, occurred))
        elif draw < 0.2:
            act["occurred"] = self.write(max(earliest, midnight_that_opens(local_day(self.now))))
        elif draw < 0.22:
            act["variant"] = "urgent"
        elif draw < 0.25:
            act["agency"] = self.rng.choice(["Nobody", "scsp"])
        self.emit(act)
        return ref

    def next_incident_step(self, ref: str, towards: str | None = None) -> Act | None:
        incident = self.play.incidents[ref]
        missing = sorted(BODIES - set(incident.notified))
        if missing and (towards == "notification" or self.chance(0.4)):
            return self.on_incident(ref, "notify", body=self.rng.choice(missing))
        if incident.state == "reported":
            return self.on_incident(ref, "notify", body="national_panel")
        if incident.state == "notified":
            return self.on_incident(ref, "convene_rapid_review")
        if incident.state == "rapid_review":
            return self.on_incident(ref, "send_outcome")
        if incident.state == "outcome_sent":
            return self.on_incident(
                ref,
                "decide_review",
                commission=self.chance(0.8),
                decided_by="SLPR subgroup",
                reasons="New learning",
            )
        if incident.state == "review_commissioned":
            if self.chance(0.35):
                return self.defer(ref)
            return self.on_incident(ref, "complete_review")
        if incident.state == "review_completed":
            draw = self.rng.random()
            if draw < 0.5:
                return self.defer(ref)
            if draw < 0.85:
                return self.on_incident(ref, "publish_review")
            return self.on_incident(ref, "withhold_publication", reasons=self.text())
        return None

    def defer(self, ref: str) -> Act:
        fields = {"reasons": "The trial is listed", "procedure": "Criminal trial"}
        if self.chance(0.6):
            until = local_day(self.now) + days(self.rng.choice([-3, 0, 1, 10, 40]))
            fields["until"] = until.isoformat()
        return self.on_incident(ref, "defer_publication", **fields)

    def closure(self, declared: list[date], one: Escalation | None = None) -> Act:
        today = local_day(self.now)
        day = today + days(self.rng.choice([-2, -1, 0, 1, 1, 2, 2, 3, 4, 5, 7, 9, 11]))
        coming = self.interesting()
        if coming and self.chance(0.5):
            day = local_day(self.rng.choice(coming) - minutes(1))  # a last day itself
        if one is not None and one.is_open() and one.here.follow_on is not None:
            day = one.here.follow_on - days(self.rng.choice([0, 0, 1]))
        if declared and self.chance(0.06):
            day = self.rng.choice(declared)
        declared.append(day)
        return {
            "by": self.somebody({"business_manager"}),
            "act": "declare_closure",
            "day": day.isoformat(),
            "reason": "Offices closed",
        }

    def withdraw_closure(self, declared: list[date]) -> Act:
        later = [day for day in declared if day > local_day(self.now)]
        day = self.rng.choice(later if later and self.chance(0.85) else declared)
        return {
            "by": self.somebody({"business_manager"}),
            "act": "withdraw_closure",
            "day": day.isoformat(),
            "reason": "Postponed",
        }
