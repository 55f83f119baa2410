"""The people of a case, chosen by chance."""

from __future__ import annotations

import random
from collections.abc import Iterable

from ..process.settings import AGENCY_ROLES, PARTNERSHIP_ROLES, Act
from .choices import AGENCIES, TEXTS, Build


class People:
    rng: random.Random
    people: dict[str, dict[str, str]]

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def text(self) -> str:
        return self.rng.choice(TEXTS)

    def pick(self, options: list[tuple[float, Build]]) -> Act | None:
        build = self.rng.choices([o[1] for o in options], [o[0] for o in options])[0]
        return build()

    def cast(self) -> dict[str, dict[str, str]]:
        rng = self.rng
        people = {
            "officer": ("cspr_officer", "scsp"),
            "manager": ("business_manager", "scsp"),
            "sub": ("subgroup_chair", "scsp"),
            "chair": ("scsp_chair", "scsp"),
            "audit": ("auditor", rng.choice(["scsp", "Acute Trust"])),
        }
        agencies = rng.sample(AGENCIES, rng.choice([1, 2, 2, 3]))
        for agency in agencies:
            key = agency.split()[0].lower()
            people[key] = ("agency_representative", agency)
            if rng.random() < 0.7:
                people[key + "_board"] = ("partnership_representative", agency)
            if rng.random() < 0.7:
                people[key + "_lead"] = ("service_lead", agency)
        for role in sorted(PARTNERSHIP_ROLES):
            if rng.random() < 0.5:  # a deputy, often employed by one of the agencies
                people["deputy_" + role] = (role, rng.choice(["scsp", *agencies]))
        return {
            key: {"name": f"{chr(65 + number)}. Person", "role": role, "agency": agency}
            for number, (key, (role, agency)) in enumerate(people.items())
        }

    def agencies(self) -> list[str]:
        """Agencies whose representatives are in the case."""
        found = {p["agency"] for p in self.people.values() if p["role"] in AGENCY_ROLES}
        return sorted(found)

    def somebody(self, roles: Iterable[str], free_of: str | None = None) -> str:
        """A person with one of the roles, mostly without a conflict of interest."""
        wanted = set(roles)
        found = [key for key, p in self.people.items() if p["role"] in wanted]
        if free_of is not None and self.chance(0.85):
            free = [key for key in found if self.people[key]["agency"] != free_of]
            found = free or found
        return self.rng.choice(found)

    def of_agency(self, agency: str) -> str:
        found = [
            key
            for key, p in self.people.items()
            if p["agency"] == agency and p["role"] in AGENCY_ROLES
        ]
        if not found:
            return self.somebody(AGENCY_ROLES)
        return self.rng.choice(found)
