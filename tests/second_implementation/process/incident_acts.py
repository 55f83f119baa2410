"""Acts on an incident, from its report to the publication of its review."""

from __future__ import annotations

from datetime import date

from ..calendar_check import last_day_calendar, last_day_months
from .days import local_day
from .desk import Desk
from .incidents import Incident
from .settings import BODIES, OFFICE, PARTNERSHIP_ROLES, Act, Faults


class IncidentActs(Desk):
    def do_report_incident(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident_on = date.fromisoformat(act["incident_on"])
        aware_on = date.fromisoformat(act["aware_on"])
        if act["incident"] in self.incidents:
            faults.add("duplicate_reference")
        if aware_on < incident_on:
            faults.add("invalid")
        if max(incident_on, aware_on) > local_day(self.now):
            faults.add("in_the_future")
        if local_day(self.happened) < incident_on:
            faults.add("before_raised")
        if faults:
            return
        incident = Incident(incident_on)
        start = incident_on if self.settings.notification_from == "incident" else aware_on
        last = self.calendar.national_day(start, self.settings.notification_days)
        incident.timescales["notification"].start(last)  # T1
        self.incidents[act["incident"]] = incident

    def do_notify(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.the_incident(act, faults)
        if incident is not None:
            if incident.ended():  # in any state that is not an end
                faults |= {"wrong_state", "already_ended"}
            if act["body"] in incident.notified:  # once each
                faults.add("wrong_state")
        if faults or incident is None:
            return
        day = local_day(self.happened)
        incident.notified[act["body"]] = day
        if act["body"] == "national_panel":
            incident.state = "notified"
            if self.settings.rapid_review_unit == "working_days":
                last = self.calendar.national_day(day, self.settings.rapid_review_days)
            else:
                last = last_day_calendar(day, self.settings.rapid_review_days)
            incident.timescales["rapid_review"].start(last)  # T2
        if set(incident.notified) == BODIES:
            incident.timescales["notification"].meet(max(incident.notified.values()))
        self.leave_alone(act["incident"])

    def do_convene_rapid_review(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "notified")
        if faults or incident is None:
            return
        incident.state = "rapid_review"
        incident.convened_on = local_day(self.happened)

    def do_send_outcome(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "rapid_review")
        if faults or incident is None:
            return
        assert incident.convened_on is not None
        incident.state = "outcome_sent"
        met_on = max(incident.convened_on, local_day(self.happened))
        incident.timescales["rapid_review"].meet(met_on)
        self.leave_alone(act["incident"])

    def do_decide_review(self, act: Act, faults: Faults) -> None:
        self.only(faults, *PARTNERSHIP_ROLES)
        incident = self.incident_step(act, faults, "outcome_sent")
        if faults or incident is None:
            return
        if act["commission"]:
            incident.state = "review_commissioned"
            day = local_day(self.happened)
            review = last_day_months(day, self.settings.review_months)
            publication = last_day_months(day, self.settings.publication_months)
            incident.timescales["review"].start(review)  # T3
            incident.timescales["publication"].start(publication)  # T4
        else:
            incident.state = "no_review"
        self.leave_alone(act["incident"])

    def do_complete_review(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "review_commissioned")
        if faults or incident is None:
            return
        incident.state = "review_completed"
        incident.timescales["review"].meet(local_day(self.happened))
        self.leave_alone(act["incident"])

    def do_defer_publication(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "review_commissioned", "review_completed")
        until = date.fromisoformat(act["until"]) if "until" in act else None
        if until is not None and until < local_day(self.happened):
            faults.add("invalid")
        if faults or incident is None:
            return
        timescale = incident.timescales["publication"]
        timescale.state = "running" if until is not None else "deferred"
        timescale.last_day = until

    def do_publish_review(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "review_completed")
        if faults or incident is None:
            return
        incident.state = "published"
        incident.timescales["publication"].meet(local_day(self.happened))
        self.leave_alone(act["incident"])

    def do_withhold_publication(self, act: Act, faults: Faults) -> None:
        self.only(faults, *OFFICE)
        incident = self.incident_step(act, faults, "review_completed")
        if faults or incident is None:
            return
        incident.state = "withheld"
        incident.timescales["publication"].withdraw()
        self.leave_alone(act["incident"])

    def do_withdraw_incident(self, act: Act, faults: Faults) -> None:
        self.only(faults, "business_manager")
        incident = self.the_incident(act, faults)
        if incident is not None and incident.ended():
            faults |= {"wrong_state", "already_ended"}
        if faults or incident is None:
            return
        incident.state = "withdrawn"
        for timescale in incident.timescales.values():
            timescale.withdraw()
        self.leave_alone(act["incident"])
