"""The numbers of the policy, and the names of roles, stages, timescales and bodies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

Act = dict[str, Any]
Terms = tuple[str, date]  # wording and due day
Faults = set[str]


@dataclass(frozen=True)
class Settings:
    """The numbers of the policy."""

    limits: tuple[int, int, int] = (3, 7, 10)  # last working days of stages 1, 2, 3
    windows: tuple[int, int, int] = (3, 4, 3)  # their follow-on limits
    notification_days: int = 5  # T1, working days
    notification_from: str = "incident"  # or "aware"
    rapid_review_days: int = 15  # T2
    rapid_review_unit: str = "working_days"  # or "calendar_days"
    review_months: int = 6  # T3
    publication_months: int = 6  # T4
    day_one: str = "next_working_day"  # or "same_day"


SANDWELL = Settings()

PARTNERSHIP_ROLES = {"cspr_officer", "business_manager", "subgroup_chair", "scsp_chair"}

AGENCY_ROLES = {"agency_representative", "partnership_representative", "service_lead"}

REPORTING_ROLES = {"cspr_officer", "business_manager", "subgroup_chair"}

OFFICE = {"cspr_officer", "business_manager"}

STAGES = ["initial_discussion", "stage_1", "stage_2", "stage_3"]

LADDER = ["stage_1", "stage_2", "stage_3"]

INCIDENT_ENDS = {"no_review", "published", "withheld", "withdrawn"}

TIMESCALES = ["notification", "rapid_review", "review", "publication"]

BODIES = {"ofsted", "dfe", "national_panel"}

OTHER_SIDE = {"scsp": "agency", "agency": "scsp"}
