"""What each field of an act that keeps the register and the record means."""

from collections.abc import Mapping
from dataclasses import fields

from cspr_workflow.domain.acts import ChangedHoliday

KEEPING_MEANINGS: Mapping[str, str] = {
    "person": "the person's id",
    "role": "the role that the person takes on",
    "agency": "the person's agency; `scsp` is the partnership's own",
    "source": "where the bank holidays are known from",
    "known_to": "the last year for which they are officially known",
    "announced": f"bank holidays that were announced, each with {', '.join(f.name for f in fields(ChangedHoliday))}",
    "cancelled": "bank holidays that were cancelled, in the same way",
    "reference": "the incident, the escalation, or `partnership`",
    "event": "the entry that is corrected",
    "says": "what is right instead",
}
