"""The form of the views: another table is another form by itself, another meaning only where somebody says so."""

from hashlib import sha256

from projections import form
from tests.projections.kept import Stores
from tests.projections.test_rebuilding import eventful

KNOWN = {"cd38c0a15516ce0d": "9c70ee98dacbb901"}
"""The form of the views, and a fingerprint of the rows that they make of the eventful history."""


def test_rows_do_not_come_to_mean_something_else_without_a_form_of_their_own(stores: Stores):
    """Where this fails: was only a table changed, or was ``form.MEANING`` raised? Then write both anew.

    Where the form is the same and the rows are not, raise ``form.MEANING`` first: stores that are in use
    would go on with rows of which some mean the one thing, some the other.
    """
    world = eventful()
    world.workflow.note_gap(world.moment("2027-01-10T09:00"), world.moment("2027-01-11T07:00"))
    with stores.holding(world.everything(), world.policy_file.book) as kept:
        fingerprint = sha256("\n".join(kept.dump()).encode()).hexdigest()[:16]
    assert {form.FORM: fingerprint} == KNOWN
