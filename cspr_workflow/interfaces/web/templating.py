"""The templates of the pages: how they are found, and the words that they can ask for.

Every page extends ``base.html``. Besides what the page itself passes, the templates know::

    visit        who asks (``visit.name``, ``visit.session.csrf``); not there before somebody signs in
    asking       the question that the page answers; ``asking.rehearsal`` puts the banner on it
    teller       the words of the policy, for the filters below
    navigation   the links of the desk (``text``, ``path``, ``here``)
    told         what the page before did (``told.sentences``), or None
    form         a form as it was filled in, or ``faults`` and ``values`` (see filling.py)
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context

from cspr_workflow.domain.people import called
from cspr_workflow.interfaces import sentences
from cspr_workflow.interfaces.web import filling
from cspr_workflow.interfaces.web.navigation import Link
from cspr_workflow.interfaces.web.wording import DANGER

_COMPONENTS = {
    "button": "Button",
    "checkboxes": "Checkboxes",
    "date-input": "DateInput",
    "details": "Details",
    "error-summary": "ErrorSummary",
    "file-upload": "FileUpload",
    "generic-header": "GenericHeader",
    "input": "Input",
    "inset-text": "InsetText",
    "notification-banner": "NotificationBanner",
    "pagination": "Pagination",
    "phase-banner": "PhaseBanner",
    "radios": "Radios",
    "select": "Select",
    "service-navigation": "ServiceNavigation",
    "skip-link": "SkipLink",
    "tag": "Tag",
    "textarea": "Textarea",
    "warning-text": "WarningText",
}
"""The parts of the GOV.UK Design System that the pages are made of: file, and name of the macro."""


def environment(*more: BaseLoader) -> Environment:
    """The environment of the templates, and of those that ``more`` finds; one is enough for a process."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader("cspr_workflow.interfaces.web"), *more]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": sentences.day, "moment": _moment, "words": sentences.words}
    made.filters |= {"capital": _capital, "role": called, "choices": filling.choices}
    made.filters |= {"menu_item": _menu_item}
    made.globals |= {"govuk": _components(), "danger": DANGER, **filling.GLOBALS}
    return made


def _components() -> dict[str, Callable[..., Any]]:
    """The Design System's macros.

    They leave out options at will, which the strict environment of the pages takes for a mistake; so
    they have an environment of their own.
    """
    lenient = Environment(
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        autoescape=True,
    )
    return {
        name: getattr(
            lenient.get_template(f"govuk_frontend_jinja/components/{folder}/macro.html").module,
            f"govuk{name}",
        )
        for folder, name in _COMPONENTS.items()
    }


@pass_context
def _moment(context: Context, value: datetime) -> str:
    """A moment in the partnership's time, such as ``Thu 3 Dec 2026 09:30``."""
    told: str = context["teller"].moment(value)
    return told


def _capital(text: str) -> str:
    """A sentence or a name with a capital; the other letters stay as they are."""
    return text[:1].upper() + text[1:]


def _menu_item(link: Link) -> dict[str, Any]:
    """A link of the desk as the Design System's navigation takes it."""
    return {"text": link.text, "href": link.path, "active": link.here}
