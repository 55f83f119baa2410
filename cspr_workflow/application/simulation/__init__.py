"""A believable partnership, invented: what it records over the years, through the same door as anyone.

``people`` are its people, ``texts`` what they write, ``office`` their days; ``incidents``,
``escalations``, ``meetings`` and ``agreements`` are the stories of its cases, and ``run`` lets them happen.
"""

from cspr_workflow.application.simulation.people import people
from cspr_workflow.application.simulation.run import Plan, Simulated, simulate

__all__ = ["Plan", "Simulated", "people", "simulate"]
