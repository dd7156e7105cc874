"""The usual recipe, to compare with: a synchronous SQLModel session in FastAPI's thread pool.

It is written as tutorials write it: ``def`` endpoints and dependencies, a session for each
request, one statement after another, rows to schemas, schemas to JSON.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine, func, text
from sqlmodel import Session, col, create_engine, select

import app.models  # noqa: F401  # a product's relations need every table
from app.api.popup.lifecycle import PopupStatus
from app.api.popup.models import Popup
from app.api.product.models import Product
from app.api.product.schemas import ProductCreate, ProductPublic
from app.api.shared.response import ListModel, Paging
from app.core.config import Settings
from app.core.security import Claims, read_access_token

router = APIRouter(prefix="/api/v1/products")

_bearer = HTTPBearer()

_CONTEXT = text(
    "SELECT set_config('role', 'platform', true), set_config('app.tenant_id', :tenant, true)"
)


def get_claims(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials, Depends(_bearer)]
) -> Claims:
    """Check the token."""
    settings: Settings = request.app.state.settings
    return read_access_token(settings, credentials.credentials)


def get_tenant_id(claims: Annotated[Claims, Depends(get_claims)]) -> UUID:
    """Return the organisation of the token."""
    if claims.tenant_id is None:
        raise HTTPException(status.HTTP_403_FORBIDDEN)
    return claims.tenant_id


TenantId = Annotated[UUID, Depends(get_tenant_id)]


def get_session(request: Request, tenant_id: TenantId) -> Generator[Session]:
    """Open a session for one request and set its tenant; it commits before the answer leaves."""
    engine: Engine = request.app.state.engine
    with Session(engine) as session:
        session.connection().execute(_CONTEXT, {"tenant": str(tenant_id)})
        yield session
        session.commit()


TenantSession = Annotated[Session, Depends(get_session, scope="function")]


@router.get("")
def list_products(
    session: TenantSession, tenant_id: TenantId, skip: int = 0, limit: int = 100
) -> ListModel[ProductPublic]:
    """List products, as the contract's example does."""
    mine = col(Product.tenant_id) == tenant_id
    page = select(Product).where(mine).order_by(col(Product.id)).offset(skip).limit(limit)
    products = session.exec(page).all()
    total = session.exec(select(func.count()).select_from(Product).where(mine)).one()
    return ListModel(
        results=[ProductPublic.model_validate(product) for product in products],
        paging=Paging(skip=skip, limit=limit, total=total),
    )


@router.get("/{product_id}", response_model=ProductPublic)
def read_product(product_id: UUID, session: TenantSession, tenant_id: TenantId) -> Product:
    """Read one product."""
    product = session.get(Product, (tenant_id, product_id))
    if product is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return product


@router.post("", response_model=ProductPublic, status_code=status.HTTP_201_CREATED)
def create_product(data: ProductCreate, session: TenantSession, tenant_id: TenantId) -> Product:
    """Put a product on the list of a popup that is not archived, in the popup's currency."""
    popup = session.get(Popup, (tenant_id, data.popup_id))
    if popup is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    if popup.status == PopupStatus.ARCHIVED:
        raise HTTPException(status.HTTP_409_CONFLICT)
    of_popup = {"popup_is_published": popup.is_published, "currency": popup.currency}
    product = Product.model_validate(data, update={"tenant_id": tenant_id, **of_popup})
    session.add(product)
    session.flush()
    return product


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncGenerator[None]:
    settings: Settings = application.state.settings
    application.state.engine = create_engine(
        settings.platform_dsn.replace("postgresql://", "postgresql+psycopg://"),
        pool_size=settings.db_pool_size,
        max_overflow=0,
    )
    yield
    application.state.engine.dispose()


def usual_app(settings: Settings) -> FastAPI:
    """Make the application of the usual recipe."""
    application = FastAPI(lifespan=_lifespan)
    application.state.settings = settings
    application.include_router(router)
    return application
