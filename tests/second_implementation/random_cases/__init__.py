"""Random case files, valid in form, that reach the deep states of the process often.

The maker keeps a `Play` of its own beside the case that it writes and looks at it to
choose what could happen next, and when. Storylines carry each escalation and incident
towards an interesting state; between their steps random acts are strewn, many of which
must be refused.

Run as a module, `random_cases [HOW_MANY]` counts what 2,000 (or so many) random cases
reach.
"""

from .maker import random_case

__all__ = ["random_case"]
