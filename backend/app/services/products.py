"""Products are put on sale at a popup, changed and withdrawn."""

from uuid import UUID

from app.api.allotment.models import AllotmentKind
from app.api.popup.crud import popup_crud
from app.api.product.crud import offer_crud, product_crud
from app.api.product.eligibility import ProductTerms, check_terms
from app.api.product.models import Product
from app.api.product.schemas import OfferQuery, ProductCreate, ProductQuery, ProductUpdate
from app.api.shared.response import Rendered
from app.api.shared.types import new_id
from app.core.tenant_db import BoundSession
from app.services import allotments


async def create_product(session: BoundSession, data: ProductCreate) -> Rendered:
    """Put a product on a popup's list.

    Raises:
        PopupUnknown: there is no such popup in this tenant.
        PopupArchived: the popup is a record.
        ProductSlugTaken: another product of the popup has that slug.
        ProductTermsInvalid: its terms contradict each other.
    """
    product_id = new_id()
    _check(product_id, data)
    return await product_crud.create_json(session, data, id=product_id)


async def change_product(session: BoundSession, product_id: UUID, data: ProductUpdate) -> Rendered:
    """Change a product.

    Raises:
        NotFound: there is none of that id in this tenant.
        PopupArchived: its popup is a record.
        ProductSlugTaken: another product of the popup has that slug.
        ProductTermsInvalid: its terms would contradict each other.
        LimitBelowTaken: more than its new capacity are held or sold.
    """
    product = await _editable(session, product_id)
    before = ProductCreate.model_validate(product, from_attributes=True)
    _check(product_id, before.model_copy(update=data.model_dump(exclude_unset=True)))
    changed = await product_crud.update_json(session, product_id, data)
    if "capacity" in data.model_fields_set:
        await allotments.set_limit(
            session,
            product_id,
            popup_id=product.popup_id,
            kind=AllotmentKind.PRODUCT,
            limit=data.capacity,
        )
    return changed


async def delete_product(session: BoundSession, product_id: UUID) -> None:
    """Take a product off a popup's list.

    Raises:
        NotFound: there is none of that id in this tenant.
        PopupArchived: its popup is a record.
        ProductSold: somebody has ordered it.
    """
    await product_crud.delete(session, await _editable(session, product_id))


async def list_offers(session: BoundSession, slug: str, query: OfferQuery) -> Rendered:
    """Answer with the products of a published popup that are on its public list.

    Raises:
        PopupUnknown: no published popup has that slug.
    """
    popup = await popup_crud.by_slug(session, slug)
    return await offer_crud.find_json(
        session, ProductQuery.model_validate({**query.model_dump(), "popup_id": popup.id})
    )


async def _editable(session: BoundSession, product_id: UUID) -> Product:
    """Return a product, locked; its popup first, as publishing a popup takes them too."""
    popup_id = await product_crud.popup_of(session, product_id)
    await popup_crud.open_to_edits(session, popup_id)
    return await product_crud.locked(session, product_id)


def _check(product_id: UUID, data: ProductCreate) -> None:
    terms = ProductTerms(
        id=product_id,
        category=data.category,
        attendee_category=data.attendee_category,
        duration=data.duration,
        sale_starts_at=data.sale_starts_at,
        sale_ends_at=data.sale_ends_at,
        max_per_order=data.max_per_order,
        is_exclusive=data.is_exclusive,
        is_active=data.is_active,
    )
    check_terms(terms, price_minor=data.price_minor, compare_price_minor=data.compare_price_minor)
