"""Providers' pages: opened and asked about between transactions, whatever is paid on them.

No provider is called while a transaction is open. What was decided before the call is
committed; what the provider said is written in a transaction of its own; and whoever comes
again after a crash in between finds things as they stand and does the rest.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel

from app.api.payment.lifecycle import PaymentProvider
from app.api.shared.response import Rendered
from app.core.tenant_db import BoundSession
from app.services import notices, providers
from app.services.idempotency import OneTime, amend, kept
from app.services.payments.protocol import (
    CheckoutRequest,
    NoticeKind,
    OpenedCheckout,
    ProviderRefused,
)
from app.services.providers import Desk

OpenSession: TypeAlias = Callable[[], AbstractAsyncContextManager[BoundSession]]


@dataclass(frozen=True, slots=True)
class ToOpen:
    """A page that is wanted: at which provider, and what it is told."""

    tenant_id: UUID
    provider: PaymentProvider
    request: CheckoutRequest


@dataclass(frozen=True, slots=True)
class AtProvider:
    """What is under way at a provider: where, and how it is called there."""

    tenant_id: UUID
    provider: PaymentProvider
    reference: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What a page is opened for; each function is called in a transaction of its own."""

    wanted: Callable[[BoundSession], Awaitable[ToOpen | None]]
    """None where it has a page, or needs none any more."""

    keep: Callable[[BoundSession, OpenedCheckout], Awaitable[None]]
    answer: Callable[[BoundSession], Awaitable[Rendered | None]]
    """None where it has no page and needs none."""


class _Page(BaseModel):
    """What an answer says of a page."""

    checkout_url: str | None


def page_in(answer: Rendered) -> str | None:
    """Return where an answer says that one pays."""
    return _Page.model_validate_json(bytes(answer.body)).checkout_url


async def open_page(desk: Desk, open_session: OpenSession, opening: Opening) -> Rendered | None:
    """Open a page and write it down; None for what needs none any more.

    Raises:
        ProviderUnavailable: it gave no answer that counts; asking again is right.
        ProviderRefused: it will not, however often it is asked.
    """
    async with open_session() as session:
        to_open = await opening.wanted(session)
        if to_open is None:
            return await opening.answer(session)
    adapter = await providers.adapter_of(desk, to_open.tenant_id, to_open.provider)
    opened = await adapter.open_checkout(to_open.request)
    async with open_session() as session:
        await opening.keep(session, opened)
        return await opening.answer(session)


async def with_page(
    desk: Desk, open_session: OpenSession, key: OneTime, answer: Rendered, opening: Opening
) -> Rendered:
    """Open the page of what was just made; the answer with it is the one kept.

    ``answer`` is what was kept under the key, by this request or by the first one with it.
    Where that names the page already, or none is needed any more, it is the answer.

    Raises:
        ProviderUnavailable: what was made stands; the same request opens its page.
        ProviderRefused: what was made stands, and cannot be paid so.
    """
    if page_in(answer) is not None:
        return answer

    async def answering(session: BoundSession) -> Rendered | None:
        now_kept = await kept(session, key)
        if page_in(now_kept) is not None:
            return now_kept
        fresh = await opening.answer(session)
        return None if fresh is None else await amend(session, key, fresh)

    opened = await open_page(desk, open_session, Opening(opening.wanted, opening.keep, answering))
    return answer if opened is None else opened


async def pull(desk: Desk, open_session: OpenSession, place: AtProvider) -> None:
    """Ask a provider how things stand, in case its notice was lost.

    What was not paid, and what it refuses to tell, is left to whoever asked.

    Raises:
        ProviderUnavailable: it could not be asked.
    """
    with suppress(ProviderRefused):
        await look_up(desk, open_session, place)


async def look_up(desk: Desk, open_session: OpenSession, place: AtProvider) -> None:
    """Let what the provider says now have its effect, as if it had sent a notice of it.

    Raises:
        ProviderUnavailable: it could not be asked.
        ProviderRefused: it knows no such thing, or does not take the organisation's keys.
    """
    adapter = await providers.adapter_of(desk, place.tenant_id, place.provider)
    notice = await adapter.look_up(place.reference)
    if notice.kind is not NoticeKind.OTHER:
        async with open_session() as session:
            await notices.apply_notice(session, desk.settings.portal_url, place.provider, notice)


async def close(desk: Desk, place: AtProvider) -> None:
    """Let nobody pay on a page any more, and release what is held.

    Raises:
        ProviderUnavailable: it could not be told; the job is tried again.
    """
    adapter = await providers.adapter_of(desk, place.tenant_id, place.provider)
    await adapter.close_checkout(place.reference)


def return_url(portal_url: str, **about: UUID) -> str:
    """Return where a buyer goes afterwards, and what it was about."""
    mark = "&" if "?" in portal_url else "?"
    return f"{portal_url}{mark}{urlencode({name: str(value) for name, value in about.items()})}"
