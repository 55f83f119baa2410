"""Why a question has no answer: a parameter that is none, an unknown reference, somebody who may not ask."""


class Unanswerable(Exception):
    """A question cannot be answered as it was put.

    ``field`` is the parameter that is at fault, by its name, or empty where it is none of them;
    ``sentence`` says what is wrong with it. ``missing`` marks a reference of which the record knows
    nothing, as far as the one who asks may know it. ``hint`` is what helps at the command line.
    """

    def __init__(self, field: str, sentence: str, *, missing: bool = False, hint: str = "") -> None:
        self.field = field
        self.sentence = sentence
        self.missing = missing
        self.hint = hint
        super().__init__(f"{field}: {sentence}" if field else sentence)


class MayNotAsk(Exception):
    """This person may not put this question, whatever it is about; ``sentence`` says so."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)
