"""The documents that are written from the code say what the code says."""

import json

import pytest

from app.core.errors import DomainError
from tests.house.generated import DOCUMENTS, errors_page, openapi_document, refusals, schema_page
from tests.house.operations import operations
from tests.house.source import REPOSITORY


@pytest.mark.parametrize("name", DOCUMENTS)
def test_generated_documents_are_current(name: str) -> None:
    """``make docs`` writes them; the difference is then read in review."""
    assert (REPOSITORY / name).read_text(encoding="utf-8") == DOCUMENTS[name]()


def test_errors_page_has_every_refusal_that_a_route_declares() -> None:
    page = errors_page()

    declared = {slug for operation in operations() for slug in operation.problems}

    assert [slug for slug in sorted(declared) if f"\n## {slug}\n" not in page] == []


def test_every_refusal_has_a_name_and_a_title_of_its_own() -> None:
    slugs = [kind.slug() for kind in refusals()]
    titles = [kind.title() for kind in refusals()]

    assert [slug for slug in slugs if slugs.count(slug) > 1] == []
    assert [title for title in titles if titles.count(title) > 1] == []


def test_every_refusal_speaks_for_itself() -> None:
    inherited = DomainError.title()

    mute = [kind.__name__ for kind in refusals() if "__doc__" not in vars(kind) or not kind.__doc__]

    assert mute == []
    assert inherited not in {kind.title() for kind in refusals()}
    assert [kind.__name__ for kind in refusals() if not 400 <= kind.status <= 599] == []


def test_openapi_document_has_every_operation_once() -> None:
    document = json.loads(openapi_document())

    named = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]

    assert sorted(named) == sorted(operation.name for operation in operations())


def test_schema_page_draws_every_table() -> None:
    page = schema_page()

    for table in ("tenants", "humans", "products", "refresh_tokens"):
        assert f"    {table} {{" in page
    assert 'popups ||--o{ products : "popup_id, popup_is_published"' in page
