"""Which payment providers there are, and how an organisation's account becomes an adapter."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from pydantic import TypeAdapter

from app.api.payment.lifecycle import PaymentProvider
from app.api.provider_account.errors import (
    ProviderAccountUnknown,
    ProviderKeysInvalid,
    ProviderKeysMissing,
)
from app.core.config import Environment, Settings
from app.core.db import Database
from app.core.encryption import CannotDecrypt, Encryption
from app.core.tenant_db import BoundSession, DatabaseRole, PlatformContext, TenantContext
from app.services.payments.protocol import PaymentProvider as Adapter
from app.services.payments.protocol import ProviderRefused
from app.services.payments.simplefi import SimplefiKeys, SimplefiProvider
from app.services.payments.stripe import StripeKeys, StripeProvider
from app.services.sandbox import PAGES_PATH, SandboxKeys, SandboxProvider, new_sandbox_keys

Texts = Mapping[str, str]

WEBHOOKS_PATH = "/api/v1/webhooks"
"""Where providers send their notices; provider and tenant follow."""

_TEXTS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the platform deals with payment providers, between its transactions."""

    settings: Settings
    database: Database

    def session(
        self, tenant_id: UUID, provider: PaymentProvider
    ) -> AbstractAsyncContextManager[BoundSession]:
        """Open a transaction in which a provider's word has its effect."""
        actor = f"system:provider:{provider}"
        return self.database.tenant(TenantContext(tenant_id, DatabaseRole.READ_WRITE, actor))


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account it is, what is public of it, and the desk it is used from."""

    tenant_id: UUID
    public_settings: Texts
    desk: Desk


@dataclass(frozen=True, slots=True)
class Hosted:
    """A provider on whose own page buyers pay."""

    make: Callable[[Texts, Account], Adapter]
    needs: frozenset[str]
    """The names of the keys it gives, all of which it takes."""

    may_have: frozenset[str] = frozenset()
    new_keys: Callable[[], dict[str, str]] | None = None
    """Makes up keys, where nobody has to give any."""

    def checked(self, keys: Texts) -> dict[str, str]:
        """Return keys as they are kept: every one that is needed, and none that is unknown.

        Raises:
            ProviderKeysInvalid: the provider gives others.
        """
        known = self.needs | self.may_have
        if not self.needs <= set(keys) <= known:
            raise ProviderKeysInvalid(names=sorted(known))
        return dict(keys)


def _sandbox(keys: Texts, account: Account) -> Adapter:
    desk, tenant_id = account.desk, account.tenant_id
    return SandboxProvider(
        SandboxKeys(**keys),
        lambda: desk.session(tenant_id, PaymentProvider.SANDBOX),
        f"{desk.settings.public_url}{PAGES_PATH}/{tenant_id}",
    )


def _stripe(keys: Texts, _: Account) -> Adapter:
    return StripeProvider(StripeKeys.model_validate(keys))


def _simplefi(keys: Texts, account: Account) -> Adapter:
    url = f"{account.desk.settings.public_url}{WEBHOOKS_PATH}/simplefi/{account.tenant_id}"
    return SimplefiProvider(SimplefiKeys.model_validate(keys), notification_url=url)


KINDS: Mapping[PaymentProvider, Hosted] = MappingProxyType(
    {
        PaymentProvider.SANDBOX: Hosted(
            _sandbox, needs=frozenset({"signing_key"}), new_keys=new_sandbox_keys
        ),
        PaymentProvider.SIMPLEFI: Hosted(_simplefi, needs=frozenset({"api_key"})),
        PaymentProvider.STRIPE: Hosted(_stripe, needs=frozenset({"secret_key", "webhook_secret"})),
    }
)
"""Every provider that has an adapter; an order paid by hand needs none."""

CAPTURE_LATER = frozenset({PaymentProvider.SANDBOX, PaymentProvider.STRIPE})
"""Those that hold an amount on a card until they are told to take it."""


def takes_sandbox(settings: Settings) -> bool:
    """Whether orders may be paid at the sandbox: anywhere but where money is taken."""
    return settings.environment is not Environment.PRODUCTION


def kept_keys(
    provider: PaymentProvider, sent: Texts | None, *, has_keys: bool
) -> dict[str, str] | None:
    """Return the keys to seal for an account, or None where those that are there stay.

    Raises:
        ProviderKeysInvalid: the provider gives others.
        ProviderKeysMissing: there are none, and the provider needs some.
    """
    kind = KINDS.get(provider)
    if kind is None:
        if sent is not None or provider is not PaymentProvider.MANUAL:
            raise ProviderKeysInvalid("Nobody can be paid so here", names=[])
        return None
    if sent is not None:
        return kind.checked(sent)
    if has_keys:
        return None
    if kind.new_keys is None:
        raise ProviderKeysMissing
    return kind.new_keys()


def sealed(
    settings: Settings, tenant_id: UUID, provider: PaymentProvider, keys: Mapping[str, str]
) -> str:
    """Encrypt an organisation's keys at a provider, so that they open nowhere else."""
    text = _TEXTS.dump_json(dict(keys)).decode()
    purpose = _purpose(provider)
    return Encryption.of(settings).encrypt(text, tenant_id=tenant_id, purpose=purpose)


_OPEN = """
SELECT s.sealed, a.public_settings::text
  FROM app.provider_accounts a
  JOIN app.provider_secrets s ON s.tenant_id = a.tenant_id AND s.provider = a.provider
 WHERE a.tenant_id = %(tenant)s::uuid AND a.provider = %(provider)s::text
"""


async def adapter_of(desk: Desk, tenant_id: UUID, provider: PaymentProvider) -> Adapter:
    """Return the adapter of an organisation's account; also of one that is switched off.

    No transaction may be open meanwhile: the keys are read in one of the platform's own.

    Raises:
        ProviderAccountUnknown: the organisation has no account there, or nobody can.
        ProviderRefused: its keys cannot be read any more.
    """
    kind = KINDS.get(provider)
    if kind is None:
        raise ProviderAccountUnknown
    async with desk.database.platform(PlatformContext("system:payments")) as session:
        found = await session.fetch(_OPEN, {"tenant": tenant_id, "provider": provider})
    if not found:
        raise ProviderAccountUnknown
    text, public_settings = (str(value) for value in found[0])
    encryption = Encryption.of(desk.settings)
    try:
        opened = encryption.decrypt(text, tenant_id=tenant_id, purpose=_purpose(provider))
    except CannotDecrypt:
        raise ProviderRefused("The keys of this account have to be entered again") from None
    account = Account(tenant_id, _TEXTS.validate_json(public_settings), desk)
    return kind.make(_TEXTS.validate_json(opened), account)


def _purpose(provider: PaymentProvider) -> str:
    return f"provider:{provider}"
