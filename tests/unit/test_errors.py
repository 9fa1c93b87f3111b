"""A message tells what is wrong, where, and what to do, in lines that a person can read."""

from dataclasses import replace

import pytest

from graph.errors import Fault, InputError, Refused

FAULT = Fault(5, "a supports b", "quote", "Trump", "not in the text")


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (FAULT, "line 5: a supports b: quote 'Trump': not in the text"),
        (replace(FAULT, line=0), "a supports b: quote 'Trump': not in the text"),
        (replace(FAULT, value="a\nb\ud800"), r"line 5: a supports b: quote 'a\nb\ud800': not in the text"),
        (replace(FAULT, value="x" * 120), f"line 5: a supports b: quote '{'x' * 120}': not in the text"),
        (replace(FAULT, value="x" * 121), f"line 5: a supports b: quote '{'x' * 119}…': not in the text"),
        (replace(FAULT, rule="x" * 1_001), f"line 5: a supports b: quote 'Trump': {'x' * 999}…"),
    ],
)
def test_a_fault_is_one_line(fault: Fault, shown: str) -> None:
    assert str(fault) == shown


def test_faults_are_listed_by_line_and_each_once() -> None:
    later = replace(FAULT, line=12)
    refused = Refused("a.yaml", [later, FAULT, replace(FAULT)])
    assert isinstance(refused, InputError)
    assert refused.faults == (FAULT, later)
    assert str(refused) == f"a.yaml: refused, 2 faults; nothing was written\n{FAULT}\n{later}"


def test_one_fault_is_not_called_faults() -> None:
    assert str(Refused("a.yaml", [FAULT])).startswith("a.yaml: refused, 1 fault; nothing was written\n")


def test_of_very_many_faults_the_first_are_listed() -> None:
    refused = Refused("a.yaml", [replace(FAULT, line=line) for line in range(1, 1_501)])
    assert len(refused.faults) == 1_500
    first, *told, last = str(refused).splitlines()
    assert first == "a.yaml: refused, 1500 faults; nothing was written"
    assert len(told) == Refused.TOLD
    assert last == "… and 1,300 more"
