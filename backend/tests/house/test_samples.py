"""The samples of a type are all that it may hold, and nothing it may not."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, StringConstraints

from app.api.shared.types import CurrencyCode, Instant, Slug
from tests.house.samples import (
    DAYS,
    INSTANTS,
    INTEGERS,
    TEXTS,
    NoSample,
    of_field,
    rotated,
    samples_of,
)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Spot(BaseModel):
    colour: Colour
    notes: list[str]
    size: Annotated[int, Field(ge=1, le=7)] | None


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, list(TEXTS)),
        (int, list(INTEGERS)),
        (Instant, list(INSTANTS)),
        (Annotated[int, Field(ge=0, le=100)], [0, 1, 7, 100]),
        (Colour, [Colour.RED, Colour.BLUE]),
        (Colour | None, [Colour.RED, Colour.BLUE, None]),
        (Literal["a", "b"], ["a", "b"]),
        (list[Colour], [[], [Colour.RED], [Colour.RED, Colour.BLUE]]),
        (Slug, ["summer-city", "plain"]),
        (CurrencyCode, ["EUR"]),
    ],
)
def test_samples_are_what_a_type_accepts_unchanged(
    annotation: object, expected: list[object]
) -> None:
    assert samples_of(annotation) == expected


def test_samples_of_a_model_take_each_members_samples_in_turn() -> None:
    spots = samples_of(Spot)

    assert {spot.colour for spot in spots if isinstance(spot, Spot)} == set(Colour)
    assert {spot.size for spot in spots if isinstance(spot, Spot)} == {1, 7, None}
    assert of_field(Spot.model_fields["size"]) == [1, 7, None]


def test_samples_of_a_type_nobody_knows_ask_for_an_example() -> None:
    with pytest.raises(NoSample):
        samples_of(Annotated[str, StringConstraints(pattern="^[A-Z]{9}$")])


def test_rotated_takes_every_choice_in_the_fewest_rows() -> None:
    rows = list(rotated({"day": DAYS, "flag": (False, True)}))

    assert [row["day"] for row in rows] == list(DAYS)
    assert [row["flag"] for row in rows] == [False, True, False, True]
