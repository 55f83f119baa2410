"""Short forms that are no act of the process: what was sent, and what is wrong with it."""

from starlette.datastructures import FormData, QueryParams

from cspr_workflow.domain.errors import Refusal
from cspr_workflow.interfaces.sentences import dates_in_words
from cspr_workflow.interfaces.web.asked import Query


class Sent(Query):
    """What a short form sent: ``values`` by field, ``faults`` by field."""

    def __init__(self, form: FormData) -> None:
        told = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        super().__init__(QueryParams(told))

    def needed(self, name: str, sentence: str) -> str:
        """A text that has to be there; where it is not, the sentence is a fault."""
        found = self.text(name)
        if found is None or not found.isprintable():
            self.faults[name] = sentence
        return found or ""

    def refused(self, refusal: Refusal, *fields: str) -> None:
        """Add a refusal to the faults, at the one of the fields with which its sentence begins."""
        field, colon, rest = refusal.message.partition(": ")
        if colon and field in fields:
            self.faults[field] = _sentence(rest)
        else:
            self.faults[""] = _sentence(refusal.why)


def _sentence(text: str) -> str:
    told = dates_in_words(text)
    return f"{told[:1].upper()}{told[1:]}"
