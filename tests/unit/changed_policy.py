"""Sandwell's policy with a few words changed, for tests of what the words do."""

from typing import NamedTuple

import pytest

from cspr_workflow.application.policy_files import PolicyFile, bundled, read_policy
from cspr_workflow.forms import Unusable

TEXT = bundled("sandwell-2018").text


class Edit(NamedTuple):
    """``old`` becomes ``new`` where it first stands after a heading."""

    heading: str
    old: str
    new: str


def edit(old: str, new: str) -> Edit:
    """An edit of the first ``old`` in the file."""
    return Edit("", old, new)


def in_stage(stage: str, old: str, new: str) -> Edit:
    """An edit of the first ``old`` in one stage."""
    return Edit(f'[[stages]]\nid = "{stage}"', old, new)


def in_timescale(timescale: str, old: str, new: str) -> Edit:
    """An edit of the first ``old`` in one timescale."""
    return Edit(f'[[timescales]]\nid = "{timescale}"', old, new)


def changed(*edits: Edit, text: str = TEXT) -> str:
    """The policy's text with these edits."""
    for one in edits:
        begin = text.index(one.heading)
        assert one.old in text[begin:], f"{one.old!r} no longer stands in the policy"
        text = text[:begin] + text[begin:].replace(one.old, one.new, 1)
    return text


def changed_policy(*edits: Edit, text: str = TEXT) -> PolicyFile:
    """The policy with these edits."""
    return read_policy(changed(*edits, text=text), "changed.toml")


def faults_of(text: str) -> dict[str, str]:
    """What is wrong with a policy: messages by key. The whole sentence names the file and every key."""
    with pytest.raises(Unusable) as caught:
        read_policy(text, "changed.toml")
    unusable = caught.value
    assert unusable.source == "changed.toml"
    for place, message in unusable.faults:
        assert f"changed.toml: {place}: {message}" in str(unusable)
    return dict(unusable.faults)
