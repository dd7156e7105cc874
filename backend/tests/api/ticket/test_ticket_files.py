"""QR images and pages over HTTP and by mail: whose they are, and what they say."""

import io
from email.message import EmailMessage
from uuid import UUID

import httpx
import pytest
from PIL import Image

from app.core.config import Settings
from app.core.tenant_db import PlatformContext
from app.jobs.worker import run_worker
from app.services import ticket_files
from tests.api.payment.buying import act_on, make_crowd
from tests.api.ticket.door import Sold, scan, sell, sell_more
from tests.factories import change
from tests.probing import kind_of
from tests.services.smtp_server import smtp_server
from tests.services.ticket_reading import codes_in, read_pdf
from tests.worlds import Headers, TenantWorld

FILES = {"qr.png": "image/png", "qr.svg": "image/svg+xml", "ticket.pdf": "application/pdf"}
STAFFS = ("qr.png", "qr.svg")


async def get(client: httpx.AsyncClient, headers: Headers, path: str) -> httpx.Response:
    return await client.get(f"/api/v1/tickets/{path}", headers=headers)


async def test_what_the_owner_is_shown_admits_at_the_door(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme)
    ticket = sold.tickets[0]

    files = {
        name: await get(client, acme.human_headers, f"mine/{ticket['id']}/{name}") for name in FILES
    }

    assert {name: answer.headers["content-type"] for name, answer in files.items()} == FILES
    assert {answer.headers["cache-control"] for answer in files.values()} == {"no-store"}
    ((text, on_page),) = read_pdf(files["ticket.pdf"].content)
    shown = codes_in(Image.open(io.BytesIO(files["qr.png"].content)))
    assert shown == on_page == [ticket["code"]]
    assert text.splitlines()[:3] == ["Acme", "Summer City", "2100-06-01 \u2013 2100-06-30"]
    assert text.splitlines()[-3:] == ["Ada", "Week", "1 / 1"]
    assert (await scan(client, acme.headers, sold, code=shown[0])).json()["is_first"] is True


async def test_staff_at_the_door_show_a_code_to_whoever_lost_theirs(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme, 2)

    shown = [
        codes_in(Image.open(io.BytesIO((await get(client, acme.headers, path)).content)))
        for path in (f"{ticket['id']}/qr.png" for ticket in sold.tickets)
    ]
    kinds = {
        name: kind_of(await get(client, headers, f"{sold.tickets[0]['id']}/{file}"))
        for name, headers in (("viewer", acme.viewer_headers), ("human", acme.human_headers))
        for file in STAFFS
    }

    assert shown == [[ticket["code"]] for ticket in sold.tickets]
    assert kinds == dict.fromkeys(("viewer", "human"), (403, "forbidden"))


@pytest.mark.parametrize("file", FILES)
async def test_a_file_is_its_owners_alone(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    globex: TenantWorld,
    settings: Settings,
    file: str,
) -> None:
    sold = await sell(client, acme)
    (eve,) = await make_crowd(acme, settings, sold.popup, 1)
    theirs = await sell(client, globex)
    paths = [f"mine/{one.tickets[0]['id']}/{file}" for one in (sold, theirs)]

    kinds = [
        kind_of(await get(client, headers, path))
        for headers, path in (
            (eve.headers, paths[0]),
            (acme.human_headers, paths[1]),
            (acme.human_headers, f"mine/{UUID(int=1)}/{file}"),
        )
    ]
    staffs = [
        kind_of(await get(client, acme.headers, f"{theirs.tickets[0]['id']}/{name}"))
        for name in STAFFS
    ]

    assert kinds == [(404, "ticket-not-there")] * 3
    assert staffs == [(404, "ticket-not-there")] * 2
    assert kind_of(await get(client, acme.headers, paths[0])) == (403, "forbidden")


async def test_a_returned_ticket_has_no_files(client: httpx.AsyncClient, acme: TenantWorld) -> None:
    sold = await sell(client, acme)
    ticket = sold.tickets[0]["id"]
    await client.post(f"/api/v1/tickets/{ticket}/void", headers=acme.headers)

    answers = [
        *[await get(client, acme.human_headers, f"mine/{ticket}/{name}") for name in FILES],
        *[await get(client, acme.headers, f"{ticket}/{name}") for name in STAFFS],
    ]

    assert [kind_of(answer) for answer in answers] == [(409, "ticket-returned")] * 5
    assert {answer.json()["ticket_status"] for answer in answers} == {"voided"}


async def test_a_ticket_of_an_archived_event_can_still_be_printed(
    client: httpx.AsyncClient, acme: TenantWorld
) -> None:
    sold = await sell(client, acme)
    for status in ("ended", "archived"):
        await change(client, acme, f"popups/{sold.popup_id}", status=status)

    answer = await get(client, acme.human_headers, f"mine/{sold.tickets[0]['id']}/ticket.pdf")

    assert read_pdf(answer.content)[0][1] == [sold.tickets[0]["code"]]


async def sent(settings: Settings) -> list[EmailMessage]:
    """Let a worker send what waits, over a real server, and return what arrived."""
    with smtp_server() as inbox:
        sending = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": inbox.port})
        await run_worker(sending, until_empty=True)
    assert {mail["To"] for mail in inbox.received} <= {"human@example.com"}
    return inbox.received


def attached(mail: EmailMessage) -> list[tuple[str, list[str]]]:
    """Return what the pages of a mail's attachment say."""
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("tickets.pdf", "application/pdf")
    content = file.get_content()
    assert isinstance(content, bytes)
    return read_pdf(content)


async def named(world: TenantWorld, sold: Sold, name: str) -> None:
    async with world.database.platform(PlatformContext("system:test")) as session:
        await session.fetch(
            "UPDATE app.attendees SET name = %(name)s WHERE id = %(id)s",
            {"name": name, "id": sold.buyer.attendee_id},
        )


async def test_the_mail_of_a_paid_order_brings_its_tickets(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    first = await sell(client, acme, 2)
    await sent(settings)
    second = await sell_more(client, acme, first, 3)
    await named(acme, first, "\u0410\u0434\u0430")

    (mail,) = await sent(settings)

    assert mail["Subject"].startswith("Your order")
    pages = attached(mail)
    of_order = [ticket["code"] for ticket in second.tickets[2:]]
    assert sorted(code for _, (code,) in pages) == sorted(of_order)
    assert [text.splitlines()[-3:-1] for text, _ in pages] == [["\u0410\u0434\u0430", "Week"]] * 3
    text = mail.get_body(("plain",))
    assert text is not None
    assert not any(code in str(text.get_content()) for code in of_order)


async def test_a_mail_sent_after_a_refund_brings_what_is_left(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    sold = await sell(client, acme, 3)
    tickets = [ticket["id"] for ticket in sold.tickets]
    refund = {"kind": "tickets", "ticket_ids": tickets[:1]}
    await act_on(client, acme.headers, sold.payment, "refunds", **refund)
    await client.post(f"/api/v1/tickets/{tickets[1]}/void", headers=acme.headers)

    mails = await sent(settings)

    (confirmed,) = [mail for mail in mails if list(mail.iter_attachments())]
    assert [codes for _, codes in attached(confirmed)] == [[sold.tickets[2]["code"]]]


async def test_a_mail_sent_after_all_was_refunded_brings_nothing(
    client: httpx.AsyncClient, acme: TenantWorld, settings: Settings
) -> None:
    sold = await sell(client, acme, 2)
    await act_on(client, acme.headers, sold.payment, "refunds", kind="whole")

    mails = await sent(settings)

    assert len(mails) == 2
    assert [list(mail.iter_attachments()) for mail in mails] == [[], []]


async def test_a_mail_promises_no_more_tickets_than_travel(
    client: httpx.AsyncClient,
    acme: TenantWorld,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticket_files, "PAGES_OF_A_FILE", 2)
    monkeypatch.setattr(ticket_files, "MOST_ATTACHED", 3)
    sold = await sell(client, acme, 2)
    await sell_more(client, acme, sold, 4)

    few, many = sorted(await sent(settings), key=lambda mail: len(list(mail.iter_attachments())))

    files = {str(file.get_filename()): file.get_content() for file in many.iter_attachments()}
    codes = [[code for _, (code,) in read_pdf(content)] for content in files.values()]
    assert len(attached(few)) == 2
    assert list(files) == ["tickets-1.pdf", "tickets-2.pdf"]
    assert [len(of_file) for of_file in codes] == [2, 1]
    assert len({code for of_file in codes for code in of_file}) == 3
    text = many.get_body(("plain",))
    assert text is not None
    assert "The first 3 of your 4 tickets are attached." in " ".join(text.get_content().split())
