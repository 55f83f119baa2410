"""The invented people of a simulation: a business unit, its chairs, and six agencies."""

from cspr_workflow.domain.people import SCSP, Person, Role

AGENCIES = {
    "trust": "Ambleford Acute Trust",
    "police": "Ambleford Police",
    "care": "Children's Social Care",
    "academy": "Larkhill Academy Trust",
    "housing": "Ambleford Housing",
    "community": "Community Health Trust",
}
"""The agencies by the word with which the ids of their people begin."""

_UNIT = (
    ("officer", "L. Fenwright", Role.CSPR_OFFICER, SCSP),
    ("officer_2", "M. Okadale", Role.CSPR_OFFICER, SCSP),
    ("manager", "H. Brackenholt", Role.BUSINESS_MANAGER, SCSP),
    ("deputy_manager", "S. Tollerby", Role.BUSINESS_MANAGER, SCSP),
    ("subgroup_chair", "P. Wexcombe", Role.SUBGROUP_CHAIR, SCSP),
    ("chair", "E. Hallowmere", Role.SCSP_CHAIR, SCSP),
    ("deputy_chair", "J. Ostlerby", Role.SCSP_CHAIR, AGENCIES["police"]),
    ("auditor", "V. Penharrow", Role.AUDITOR, SCSP),
)
_NAMES = {
    "trust": ("R. Quillstone", "A. Dunmarrow", "C. Thistlemere"),
    "police": ("T. Ravelock", "G. Yarrowby", "N. Cravenhall"),
    "care": ("F. Nettlefold", "K. Birchmore", "O. Kestrelby"),
    "academy": ("W. Holmesly", "Y. Ashgrave", "U. Pellworth"),
    "housing": ("J. Marlstone", "Z. Cobbeley", "E. Wrenfield"),
    "community": ("D. Foxleigh", "S. Harebell", "L. Applegarth"),
}
_OF_AN_AGENCY = (
    ("rep", Role.AGENCY_REPRESENTATIVE),
    ("director", Role.PARTNERSHIP_REPRESENTATIVE),
    ("lead", Role.SERVICE_LEAD),
)


def people() -> dict[str, tuple[Person, str]]:
    """Everybody who takes part, by id, with an invented name.

    The deputy chair is employed by one of the agencies, and has a conflict of interest there.
    """
    listed = list(_UNIT)
    for word, agency in AGENCIES.items():
        for (part, role), name in zip(_OF_AN_AGENCY, _NAMES[word], strict=True):
            listed.append((f"{word}_{part}", name, role, agency))
    return {id: (Person(id, role, agency), name) for id, name, role, agency in listed}
