"""Endpoints of products: the staff's, and a published popup's offers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.allotment.errors import LimitBelowTaken
from app.api.popup.errors import PopupArchived, PopupUnknown
from app.api.product.crud import product_crud
from app.api.product.errors import ProductSlugTaken, ProductSold, ProductTermsInvalid
from app.api.product.schemas import (
    OfferQuery,
    ProductCreate,
    ProductOffer,
    ProductPublic,
    ProductQuery,
    ProductUpdate,
)
from app.api.shared.dependencies import PublicSession, Requires, TenantSession
from app.api.shared.permissions import Permission
from app.api.shared.response import ListModel, Rendered
from app.api.shared.types import Slug
from app.core.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from app.core.problems import problems
from app.core.tenant_db import TenantUnknown
from app.services import products

router = APIRouter(tags=["products"])

READ = [Requires(Permission.PRODUCTS_READ)]
WRITE = [Requires(Permission.PRODUCTS_WRITE)]
ANYONE = [Requires(Permission.PUBLISHED_READ)]
REFUSED = (Unauthenticated, Forbidden, TenantUnknown)


@router.get(
    "/popups/public/{slug}/products",
    response_model=ListModel[ProductOffer],
    dependencies=ANYONE,
    responses=problems(PopupUnknown, TenantUnknown, InvalidRequest),
)
async def list_offers(
    slug: Slug, session: PublicSession, query: Annotated[OfferQuery, Query()]
) -> Rendered:
    """List what a published popup sells."""
    return await products.list_offers(session, slug, query)


@router.get(
    "/products",
    response_model=ListModel[ProductPublic],
    dependencies=READ,
    responses=problems(*REFUSED),
)
async def list_products(
    session: TenantSession, query: Annotated[ProductQuery, Query()]
) -> Rendered:
    """List the products of the organisation, or of one of its popups."""
    return await product_crud.find_json(session, query)


@router.post(
    "/products",
    response_model=ProductPublic,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=problems(
        PopupUnknown, PopupArchived, ProductSlugTaken, ProductTermsInvalid, *REFUSED
    ),
)
async def create_product(data: ProductCreate, session: TenantSession) -> Rendered:
    """Put a product on a popup's list."""
    return await products.create_product(session, data)


@router.get(
    "/products/{product_id}",
    response_model=ProductPublic,
    dependencies=READ,
    responses=problems(NotFound, *REFUSED),
)
async def read_product(product_id: UUID, session: TenantSession) -> Rendered:
    """Read one product."""
    return await product_crud.get_json(session, product_id)


@router.patch(
    "/products/{product_id}",
    response_model=ProductPublic,
    dependencies=WRITE,
    responses=problems(
        NotFound,
        PopupArchived,
        ProductSlugTaken,
        ProductTermsInvalid,
        LimitBelowTaken,
        *REFUSED,
    ),
)
async def update_product(product_id: UUID, data: ProductUpdate, session: TenantSession) -> Rendered:
    """Change a product."""
    return await products.change_product(session, product_id, data)


@router.delete(
    "/products/{product_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=problems(NotFound, PopupArchived, ProductSold, *REFUSED),
)
async def delete_product(product_id: UUID, session: TenantSession) -> None:
    """Take a product off a popup's list."""
    await products.delete_product(session, product_id)
