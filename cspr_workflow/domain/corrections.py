"""Correcting the record: nothing is edited or removed.

A correction is an entry of its own that names the one it corrects and says what is right. It changes
no state and no date: where the case itself has to change, the acts of the process do that.
"""

from dataclasses import dataclass
from typing import ClassVar

from cspr_workflow.domain.entries import Fact
from cspr_workflow.domain.texts import FreeText


@dataclass(frozen=True, slots=True)
class Corrected(Fact):
    """An entry was corrected: ``event`` is its id, ``says`` what is right instead."""

    type: ClassVar[str] = "record.corrected.v1"
    event: str
    says: FreeText
