"""Policy files: found by name or path, read strictly, every fault named with file and key."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from cspr_workflow import forms
from cspr_workflow.domain.policy import Policy
from cspr_workflow.domain.policy_faults import faults as faults_of
from cspr_workflow.forms import Fault, Unusable

_BUNDLED = files("cspr_workflow") / "policies"


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy with the text that it was read from."""

    policy: Policy
    text: str

    @property
    def book(self) -> dict[str, Policy]:
        """This policy alone, by its label."""
        return {self.policy.label: self.policy}

    @property
    def sha256(self) -> str:
        """The hash of the file's text, by which the record names what was adopted."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def bundled_names() -> tuple[str, ...]:
    """The policies that come with the program."""
    return tuple(sorted(f.name[:-5] for f in _BUNDLED.iterdir() if f.name.endswith(".toml")))


@lru_cache(maxsize=8)
def bundled(name: str) -> PolicyFile:
    """A policy that comes with the program, by its name. Raises :class:`Unusable`."""
    if name not in bundled_names():
        known = ", ".join(bundled_names())
        raise Unusable(name, [Fault("", f"there is no policy of this name; known are {known}")])
    return read_policy((_BUNDLED / f"{name}.toml").read_text("utf-8"), f"{name}.toml")


def load(path: Path) -> PolicyFile:
    """A policy from a file. Raises :class:`Unusable` with every fault named."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise Unusable(
            str(path), [Fault("", f"cannot be read: {error.strerror or error}")]
        ) from error
    except UnicodeDecodeError as error:
        raise Unusable(str(path), [Fault("", "is not a text in UTF-8")]) from error
    return read_policy(text, str(path))


def named(name_or_path: str) -> PolicyFile:
    """A bundled policy by its name, or one from a file by its path."""
    if name_or_path in bundled_names():
        return bundled(name_or_path)
    path = Path(name_or_path)
    if not path.exists():
        known = ", ".join(bundled_names())
        text = f"is no file, and no policy that comes with the program; those are {known}"
        raise Unusable(name_or_path, [Fault("", text)])
    return load(path)


def read_policy(text: str, source: str) -> PolicyFile:
    """A policy from the text of its file. Raises :class:`Unusable` with every fault named."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unusable(source, [Fault("", f"is not a TOML file: {error}")]) from error
    policy = forms.parse(Policy, data, source)
    if faults := [Fault(key, message) for key, message in faults_of(policy)]:
        raise Unusable(source, faults)
    return PolicyFile(policy, text)
