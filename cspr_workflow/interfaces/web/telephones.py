"""The second factor as a page shows it: a picture for the telephone's camera, and the same to be typed."""

import segno
from markupsafe import Markup

from cspr_workflow.application.signing_in import Enrolment

_GROUP = 4


def picture(enrolment: Enrolment) -> Markup:
    """What a telephone scans, as an SVG without a style of its own."""
    code = segno.make(enrolment.address, micro=False)
    drawn = code.svg_inline(omitsize=True, svgclass="cspr-scan", lineclass=None, light="#fff")
    # It is drawn from numbers alone: nothing in it was written by anybody.
    return Markup(drawn)  # noqa: S704


def grouped(enrolment: Enrolment) -> str:
    """The secret in groups that can be copied without losing one's place."""
    secret = enrolment.secret
    return " ".join(secret[i : i + _GROUP] for i in range(0, len(secret), _GROUP))
