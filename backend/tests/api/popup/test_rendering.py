"""What Postgres renders of a popup, its products and its form is what the schemas would write."""

import httpx
from pydantic import BaseModel

from app.api.form_field.crud import form_field_crud
from app.api.form_field.schemas import FormFieldCreate, FormFieldPublic
from app.api.popup.crud import popup_crud
from app.api.popup.schemas import PopupCreate, PopupPublic
from app.api.product.crud import product_crud
from app.api.product.schemas import ProductCreate, ProductPublic
from tests.factories import FIELD, POPUP, PRODUCT
from tests.worlds import TenantWorld


async def test_rows_made_through_the_orm_render_as_their_schemas_dump(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    async with acme.session() as session:
        popup = await popup_crud.create(
            session, PopupCreate.model_validate(POPUP), currency="EUR", timezone="UTC"
        )
        at_popup = {"popup_is_published": popup.is_published}
        product = await product_crud.create(
            session,
            ProductCreate.model_validate({**PRODUCT, "popup_id": popup.id}),
            currency=popup.currency,
            **at_popup,
        )
        shown_if = {"field": "first_name", "any_of": ["ż", True]}
        field = await form_field_crud.create(
            session,
            FormFieldCreate.model_validate(
                {**FIELD, "popup_id": popup.id, "shown_if": shown_if, "position": 1}
            ),
            **at_popup,
        )
    rows: dict[str, type[BaseModel]] = {
        f"popups/{popup.id}": PopupPublic,
        f"products/{product.id}": ProductPublic,
        f"form-fields/{field.id}": FormFieldPublic,
    }

    for path, schema in rows.items():
        response = await client.get(f"/api/v1/{path}", headers=acme.headers)

        assert response.status_code == 200, response.text
        dumped = schema.model_validate_json(response.content).model_dump_json()
        assert response.content == dumped.encode()
