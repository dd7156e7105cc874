"""Database operations on products."""

from functools import lru_cache
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    insert,
    inspect,
    literal_column,
)
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from app.api.allotment.models import AllotmentKind
from app.api.popup.errors import PopupArchived, PopupUnknown
from app.api.popup.lifecycle import PopupStatus
from app.api.popup.models import Popup
from app.api.product.errors import ProductSlugTaken, ProductSold, ProductTermsInvalid
from app.api.product.models import Product
from app.api.product.schemas import ProductCreate, ProductOffer, ProductPublic, ProductUpdate
from app.api.shared.crud import BaseCRUD
from app.api.shared.rendering import as_text, compiled, members
from app.api.shared.response import Rendered
from app.api.shared.types import new_id
from app.core.tenant_db import BoundSession

CREATED = 201


class ProductCRUD(BaseCRUD[Product, ProductCreate, ProductUpdate]):
    """Reads and writes products."""

    constraint_errors: ClassVar = {
        "products_tenant_id_popup_id_slug_key": ProductSlugTaken,
        "products_compare_price_check": ProductTermsInvalid,
        "products_ticket_terms_check": ProductTermsInvalid,
        "products_sale_window_check": ProductTermsInvalid,
        "payment_lines_tenant_id_popup_id_product_id_fkey": ProductSold,
    }
    searched: ClassVar = ("name", "slug", "description")

    async def create_json(
        self, session: BoundSession, data: ProductCreate, **values: object
    ) -> Rendered:
        """Insert a product of an open popup, with the popup's currency, and answer with it.

        One statement reads the popup, holds it as it is, inserts, and begins to count.

        Raises:
            PopupUnknown: there is none of that id in this tenant.
            PopupArchived: the popup is a record.
            ProductSlugTaken: another product of the popup has that slug.
            ProductTermsInvalid: its terms contradict each other.
        """
        row = {"id": new_id(), **data.model_dump(mode="python"), **values}
        params = {f"v_{name}": value for name, value in row.items()}
        params["tenant_id"] = session.tenant_id
        ((rendered, status, _),) = await self._named(session, _insertion(tuple(row)), params)
        if status is None:
            raise PopupUnknown
        if rendered is None:
            raise PopupArchived
        return Rendered(str(rendered), status_code=CREATED)

    async def popup_of(self, session: BoundSession, product_id: UUID) -> UUID:
        """Return the id of a product's popup.

        Raises:
            NotFound: there is no such product in this tenant.
        """
        statement = select(Product.popup_id).where(col(Product.id) == product_id)
        popup_id = (await session.exec(statement)).one_or_none()
        if popup_id is None:
            raise self.not_found
        return popup_id

    async def locked(self, session: BoundSession, product_id: UUID) -> Product:
        """Return a product that nobody else changes until this transaction ends.

        Raises:
            NotFound: there is none of that id in this tenant.
        """
        statement = select(Product).where(col(Product.id) == product_id).with_for_update()
        product = (await session.exec(statement)).one_or_none()
        if product is None:
            raise self.not_found
        return product


@lru_cache(maxsize=32)
def _insertion(names: tuple[str, ...]) -> str:
    """Compile the insertion of these columns; its row is the product, and the popup's status.

    Its units are counted from the first, by an allotment of the same id.
    """
    products, popups = product_crud.table, inspect(Popup).local_table
    popup = (
        select_columns(
            popups.c.tenant_id, popups.c.is_published, popups.c.currency, popups.c.status
        )
        .where(
            popups.c.tenant_id == bindparam("tenant_id", type_=Uuid),
            popups.c.id == bindparam("v_popup_id", type_=Uuid),
        )
        .with_for_update(read=True)
        .cte("popup")
    )
    sent = [bindparam(f"v_{name}", type_=products.c[name].type) for name in names]
    row = select_columns(*sent, popup.c.tenant_id, popup.c.is_published, popup.c.currency).where(
        popup.c.status != literal_column(f"'{PopupStatus.ARCHIVED}'")
    )
    written = (
        insert(products)
        .from_select(
            [*names, "tenant_id", "popup_is_published", "currency"], row, include_defaults=False
        )
        .returning(*products.columns)
        .cte("written")
    )
    shown: Select[*tuple[object, ...]] = Select(*members(ProductPublic, written, {}))
    rendered = as_text(shown)
    kind: ColumnElement[str] = literal_column(f"'{AllotmentKind.PRODUCT}'")
    limit = cast(written.c.capacity, BigInteger)
    counted = func.tenancy.set_allotment(written.c.id, written.c.popup_id, kind, limit)
    return compiled(
        select_columns(
            rendered.scalar_subquery(),
            select_columns(popup.c.status).scalar_subquery(),
            select_columns(cast(counted, Text)).select_from(written).scalar_subquery(),
        )
    )


product_crud = ProductCRUD(Product, ProductPublic)
offer_crud = ProductCRUD(Product, ProductOffer)
