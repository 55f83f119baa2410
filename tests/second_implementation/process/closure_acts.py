"""Closure days of the partnership, declared and withdrawn."""

from __future__ import annotations

from datetime import date

from ..calendar_check import is_working_day
from .days import local_day
from .desk import Desk
from .settings import Act, Faults


class ClosureActs(Desk):
    def do_declare_closure(self, act: Act, faults: Faults) -> None:
        self.only(faults, "business_manager")
        day = date.fromisoformat(act["day"])
        if not is_working_day(day, self.calendar.closures):
            faults.add("invalid")
        if faults:
            return
        self.calendar.closures.add(day)
        for escalation in self.escalations.values():
            escalation.reforecast(self.now)

    def do_withdraw_closure(self, act: Act, faults: Faults) -> None:
        self.only(faults, "business_manager")
        day = date.fromisoformat(act["day"])
        if day not in self.calendar.closures:
            faults.add("not_found")
        if day <= local_day(self.now):
            faults.add("invalid")
        if faults:
            return
        self.calendar.closures.remove(day)
        for escalation in self.escalations.values():
            escalation.reforecast(self.now)
