"""The examples in the rules' docstrings are run, so that they stay true."""

import doctest
from importlib import import_module

import pytest

RULES = [
    "app.api.coupon.window",
    "app.api.group.seats",
    "app.api.ticket.code",
    "app.api.ticket.lifecycle",
    "app.api.ticket.scans",
    "app.api.approval_strategy.decision",
    "app.api.application.lifecycle",
    "app.api.payment.lifecycle",
    "app.api.payment.pricing",
    "app.api.payment.refund",
    "app.api.attendee.party",
    "app.api.popup.calendar",
    "app.api.popup.lifecycle",
    "app.api.shared.money",
    "app.api.form_field.answer",
    "app.api.form_field.definition",
    "app.api.form_field.form",
]


@pytest.mark.parametrize("module", RULES)
def test_examples_hold(module: str) -> None:
    assert doctest.testmod(import_module(module)).failed == 0
