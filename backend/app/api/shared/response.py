"""The shapes of answers: a page of rows, and rows that Postgres has rendered."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from starlette.responses import Response

from app.api.shared.types import Input, SearchText

T = TypeVar("T")

LARGEST_PAGE = 200
FURTHEST_SKIP = 1_000_000
IN_ORDER_OF_CREATION = ("created_at", "-created_at")


CSV_TYPE = "text/csv"

CSV: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The rows, as RFC 4180 and UTF-8.",
        "content": {CSV_TYPE: {"schema": {"type": "string"}}},
    }
}
"""What an operation that answers with a file of rows declares."""


class Paging(BaseModel):
    """Where a page stands. ``total`` counts all matching rows, null when it was declined."""

    skip: int
    limit: int
    total: int | None


class ListModel(BaseModel, Generic[T]):
    """One page of a list."""

    results: list[T]
    paging: Paging


class ListQuery(Input):
    """What every list takes; a resource adds its filters and its ``sort``.

    ``after`` pages by key: as fast far down a list as at its head, and no row is told twice
    or left out when others come and go meanwhile. Ids are in order of creation, so it needs
    no more than the last one, which need not exist any longer.
    """

    orders_of_creation: ClassVar[tuple[str, ...]] = IN_ORDER_OF_CREATION

    skip: Annotated[int, Field(ge=0, le=FURTHEST_SKIP)] = 0
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 100
    after: Annotated[
        UUID | None,
        Field(description="The last id of the page before; in order of creation, without skip."),
    ] = None
    search: SearchText | None = None
    count: Annotated[bool, Field(description="false leaves the total out, which is faster.")] = True

    @model_validator(mode="after")
    def _refuse_a_key_in_another_order(self) -> Self:
        is_by_creation = getattr(self, "sort", "created_at") in self.orders_of_creation
        if self.after is not None and (self.skip or not is_by_creation):
            raise ValueError("after goes with the order of creation, and without skip")
        return self


class Rendered(Response):
    """A body that is JSON already."""

    media_type = "application/json"


def rendered_page(rows: Sequence[str], *, skip: int, limit: int, total: int | None) -> Rendered:
    """Join rendered rows to the bytes that ``ListModel`` would dump."""
    paging = Paging(skip=skip, limit=limit, total=total).model_dump_json()
    return Rendered(f'{{"results":[{",".join(rows)}],"paging":{paging}}}')
