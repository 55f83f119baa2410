"""The policies that a partnership has adopted, read from the record itself."""

from collections.abc import Iterator, Mapping

from cspr_workflow.application.policy_files import read_policy
from cspr_workflow.application.ports import Record
from cspr_workflow.application.transaction import PARTNERSHIP
from cspr_workflow.domain.partnership import PolicyAdopted
from cspr_workflow.domain.policy import Policy


class AdoptedPolicies(Mapping[str, Policy]):
    """Each policy by its label, from the text that was adopted: no file can change it afterwards."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._version = 0
        self._texts: dict[str, str] = {}
        self._read: dict[str, Policy] = {}

    def __getitem__(self, label: str) -> Policy:
        if label not in self._read:
            self._look()
            self._read[label] = read_policy(self._texts[label], label).policy
        return self._read[label]

    def __iter__(self) -> Iterator[str]:
        self._look()
        return iter(tuple(self._texts))

    def __len__(self) -> int:
        self._look()
        return len(self._texts)

    def _look(self) -> None:
        for one in self._record.read(PARTNERSHIP, self._version):
            if isinstance(one.entry.fact, PolicyAdopted):
                self._texts[one.entry.fact.policy] = one.entry.fact.text
            self._version = one.version
