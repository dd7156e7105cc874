"""Rendering: every kind in text and HTML, and that nobody's name becomes markup or a header."""

import dataclasses
import re
from datetime import date
from email import message_from_bytes
from email.policy import SMTP
from uuid import UUID

import pytest
from jinja2 import UndefinedError
from pydantic import ValidationError

from app.services.email.kinds import (
    KINDS,
    ApplicationRejected,
    GroupInvitation,
    LoginCode,
    Mail,
    PaymentConfirmed,
    StaffInvitation,
)
from app.services.email.messages import AddressRefused, Attachment, build_message
from app.services.email.preview import SAMPLES, MailKindUnknown, preview
from app.services.email.rendering import (
    LANGUAGES,
    TEMPLATES,
    RenderedMail,
    Sender,
    UnsafeLink,
    _environment,
    languages,
    render,
)

ACME = Sender("Acme & Sons", "Acme", "hello@acme.example", "https://acme.example/logo.png?a=1&b=2")
MESSAGE_ID = UUID("018f0000-0000-7000-8000-0000000000aa")
PLAIN = RenderedMail("Hello", "Text\n", "<p>HTML</p>\n")


def changed(kind: str, **values: object) -> Mail:
    sample = SAMPLES[kind]
    fields = {part.name: getattr(sample, part.name) for part in dataclasses.fields(sample)}
    return type(sample)(**{**fields, **values})


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_preview_renders_every_kind(kind: str) -> None:
    shown = preview(kind, ACME)

    assert shown.subject
    assert "\n" not in shown.subject
    assert "Sent by Acme & Sons." in shown.text
    assert "Acme &amp; Sons" in shown.html
    assert 'src="https://acme.example/logo.png?a=1&amp;b=2"' in shown.html
    assert "{{" not in shown.text + shown.html
    assert "\n\n\n\n" not in shown.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_written_in_every_language(language: str) -> None:
    parts = {path.relative_to(TEMPLATES) for path in TEMPLATES.glob("*/en/*")}

    found = {path.relative_to(TEMPLATES) for path in TEMPLATES.glob(f"*/{language}/*")}

    assert found == {path.parents[1] / language / path.name for path in parts}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"login_code"}))
def test_spanish_says_what_english_says_and_none_of_its_words(kind: str) -> None:
    english, spanish = preview(kind, ACME), preview(kind, ACME, "es")

    assert re.findall(r"https://portal\S+", spanish.text) == re.findall(
        r"https://portal\S+", english.text
    )
    assert "Enviado por Acme & Sons." in spanish.text
    assert not re.search(r"\b(your?|the|hello|you|sent)\b", _told(spanish), re.IGNORECASE)
    assert "&amp;" not in spanish.text + spanish.subject


def _told(mail: RenderedMail) -> str:
    """Return the words of a mail without links, tags and what the sample's people say."""
    words = re.sub(r"https?://\S+|<[^>]*>", " ", f"{mail.subject} {mail.text} {mail.html}")
    return words.replace("We meet every morning at the pier.", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_shows_the_same_values_in_text_and_html(kind: str, language: str) -> None:
    shown = preview(kind, ACME, language)

    links = re.findall(r"https://portal\S+", shown.text)
    amounts = re.findall(r"-?€[\d,.]*\d|-?[\d,.]*\d\xa0€", shown.text)
    assert [link for link in links if link not in shown.html] == []
    assert [amount for amount in amounts if amount not in shown.html] == []


def test_every_kind_has_a_sample_and_templates_and_no_more() -> None:
    folders = {path.name for path in TEMPLATES.iterdir() if path.is_dir()} - {"layout"}

    assert set(SAMPLES) == set(KINDS)
    assert folders == set(KINDS)


def test_preview_names_the_kinds_there_are() -> None:
    with pytest.raises(MailKindUnknown) as refused:
        preview("newsletter", ACME)

    assert refused.value.members["kinds"] == sorted(KINDS)


def test_html_escapes_what_people_type() -> None:
    mail = GroupInvitation(
        invited_by='<script>alert("x")</script>',
        group_name="<b>bold</b>",
        popup_name='"><img src=x onerror=alert(1)>',
        discount_percent=0,
        welcome_text="one\n<i>two</i>",
        join_url="https://portal.example.com/?a=1&b=\"'",
    )

    shown = render(mail, dataclasses.replace(ACME, organisation="<Acme>"))

    assert "<script" not in shown.html
    assert "<b>" not in shown.html
    assert "<img src=x" not in shown.html
    assert "one\n&lt;i&gt;two&lt;/i&gt;" in shown.html
    assert 'href="https://portal.example.com/?a=1&amp;b=&#34;&#39;"' in shown.html
    assert "&lt;Acme&gt;" in shown.html
    assert '<script>alert("x")</script> invites you' in shown.text


def test_a_name_cannot_write_lines_of_its_own() -> None:
    name = "Ada\r\n\r\nYour code is 000000\u2028\u202e\x00\x1b[31m"

    shown = render(ApplicationRejected(first_name=name, popup_name="Weeks\r\nBcc: x@y.z"), ACME)

    assert shown.text.splitlines()[0] == "Hello Ada Your code is 000000 [31m,"
    assert shown.subject == "Your application to Weeks Bcc: x@y.z"


def test_a_paragraph_keeps_its_lines_without_control_characters() -> None:
    mail = changed("group_invitation", welcome_text="one\r\ntwo\x1b")

    assert "\none\ntwo\n" in render(mail, ACME).text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "portal", "http://["])
def test_a_link_leads_to_the_web_or_nowhere(url: str) -> None:
    mail = StaffInvitation(role="ADMIN", invited_by=None, login_url=url)

    with pytest.raises(UnsafeLink):
        render(mail, ACME)


@pytest.mark.parametrize("url", [None, "javascript:alert(1)", "http://["])
def test_a_brand_without_a_web_image_is_shown_by_name(url: str | None) -> None:
    shown = preview("login_code", dataclasses.replace(ACME, image_url=url))

    assert "<img" not in shown.html
    assert "<strong" in shown.html


def test_an_absent_value_is_left_out_of_the_sentence() -> None:
    mail = StaffInvitation(role="VIEWER", invited_by=None, login_url="https://x.example")

    assert "You were invited to work with Acme & Sons as viewer." in render(mail, ACME).text


def test_one_ticket_is_spoken_of_as_one() -> None:
    mail = changed("payment_confirmed", ticket_count=1, attached_count=1)

    assert "Your ticket is attached." in render(mail, ACME).text


@pytest.mark.parametrize(
    ("language", "stays", "ends"),
    [
        ("en", "accepted before, and stays so", "apply again by yourself"),
        ("es", "sigue aceptada", "volver a presentarla"),
    ],
)
def test_whoever_was_taken_out_of_a_group_reads_what_becomes_of_the_application(
    language: str, stays: str, ends: str
) -> None:
    for is_accepted in (False, True):
        mail = changed("group_member_removed", is_accepted=is_accepted)
        shown = render(mail, ACME, language)
        for part in (shown.text, shown.html):
            assert (stays in part, ends in part) == (is_accepted, not is_accepted)


@pytest.mark.parametrize(
    ("language", "nothing", "late", "credit"),
    [
        ("en", "Nothing was charged", "€1,550.60 arrived all the same", "€10.00 of store"),
        ("es", "No se te ha cobrado nada", "llegó tu pago de 1550,60", "10,00\xa0€ de crédito"),
    ],
)
def test_an_expired_order_says_whether_money_came_all_the_same(
    language: str, nothing: str, late: str, credit: str
) -> None:
    told = {
        (is_due, spent): render(
            changed("payment_expired", is_refund_due=is_due, credit_minor=spent), ACME, language
        )
        for is_due in (False, True)
        for spent in (0, 1_000)
    }

    for (is_due, spent), shown in told.items():
        for part in (shown.text, shown.html):
            assert (nothing in part, late in part) == (not is_due, is_due)
            assert (credit in part) == (spent > 0)


@pytest.mark.parametrize(
    ("language", "stay", "again", "anew"),
    [
        ("en", "passes you meant to exchange stay good", "exchange them again", "order again"),
        ("es", "siguen siendo válidas", "cámbialas de nuevo", "haz un nuevo pedido"),
    ],
)
def test_an_exchange_that_lapsed_leaves_the_passes_good(
    language: str, stay: str, again: str, anew: str
) -> None:
    for is_exchange in (False, True):
        shown = render(changed("payment_expired", is_exchange=is_exchange), ACME, language)
        for part in (shown.text, shown.html):
            told = (stay in part, again in part, anew in part)
            assert told == (is_exchange, is_exchange, not is_exchange)


@pytest.mark.parametrize(
    ("money", "credit", "said"),
    [
        (60_000, 0, ["€600.00 of", "The money goes back the way it came"]),
        (0, 1_000, ["€10.00 of", "It is store credit"]),
        (60_000, 1_000, ["€610.00 of", "€600.00 of it goes", "€10.00 of it is store"]),
    ],
)
def test_a_refund_tells_money_and_credit_apart(money: int, credit: int, said: list[str]) -> None:
    mail = changed("payment_refunded", money_minor=money, credit_minor=credit)

    shown = render(mail, ACME)

    for part in (shown.text, shown.html):
        assert [words for words in said if words not in part] == []
        assert ("the way it came" in part, "store credit" in part) == (money > 0, credit > 0)


def test_a_full_refund_of_an_order_without_tickets_speaks_of_none() -> None:
    full = {
        has: render(changed("payment_refunded", is_full=True, has_tickets=has), ACME)
        for has in (False, True)
    }

    assert {has: "tickets are no longer valid" in mail.text for has, mail in full.items()} == {
        False: False,
        True: True,
    }
    assert "nothing of the order is left" in full[False].html


def test_a_template_that_names_an_unknown_variable_fails() -> None:
    template = _environment().from_string("{{ nobody }}")

    with pytest.raises(UndefinedError):
        template.render()


@pytest.mark.parametrize(
    ("language", "tried"),
    [
        ("en", ["en", "en"]),
        ("de-AT", ["de-AT", "de", "en"]),
        ("../../etc", ["en"]),
        ("", ["en"]),
    ],
)
def test_languages_fall_back_to_english(language: str, tried: list[str]) -> None:
    assert list(languages(language)) == tried
    assert preview("login_code", ACME, language) == preview("login_code", ACME)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"login_code"}))
def test_variables_read_back_as_the_same_mail(kind: str) -> None:
    mail = SAMPLES[kind]

    assert Mail.read(kind, mail.variables()) == mail


def test_variables_are_plain_json() -> None:
    mail = changed("application_accepted", starts_on=date(2026, 5, 4))

    assert mail.variables()["starts_on"] == "2026-05-04"


def test_a_login_code_is_never_stored() -> None:
    with pytest.raises(ValueError, match="never stored"):
        LoginCode(code="123456", minutes=15).variables()


def test_variables_of_another_kind_are_refused() -> None:
    with pytest.raises(ValidationError):
        Mail.read("payment_confirmed", SAMPLES["payment_expired"].variables())


def test_the_message_carries_text_html_and_attachments() -> None:
    message = build_message(
        render(SAMPLES["payment_confirmed"], ACME),
        sender=ACME,
        recipient="ada@example.com",
        message_id=MESSAGE_ID,
        attachments=[Attachment("tickets ü.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")],
    )

    read = message_from_bytes(message.as_bytes(), policy=SMTP)
    text, html = read.get_body(("plain",)), read.get_body(("html",))
    assert read["From"] == "Acme <hello@acme.example>"
    assert read["To"] == "ada@example.com"
    assert read["Subject"] == "Your order HW-1024 for Harbour Weeks"
    assert read["Message-ID"] == f"<{MESSAGE_ID}@acme.example>"
    assert read["Date"].datetime.tzinfo is not None
    assert text is not None
    assert "2 x Month pass: €1,200.00" in text.get_content()
    assert html is not None
    assert "2 \N{MULTIPLICATION SIGN} Month pass" in html.get_content()
    (attachment,) = read.iter_attachments()
    assert attachment.get_filename() == "tickets ü.pdf"
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_content() == b"%PDF-1.7 \x00\xff"


def test_names_in_headers_cannot_start_another_header() -> None:
    evil = 'Acme"\r\nBcc: everyone@example.com\r\n\r\nbody'

    message = build_message(
        RenderedMail("Hello\r\nBcc: everyone@example.com", "Text\n", "<p></p>\n"),
        sender=dataclasses.replace(ACME, name=evil),
        recipient="ada@example.com",
        message_id=MESSAGE_ID,
        attachments=[Attachment("a.pdf\r\nBcc: everyone@example.com", "application/pdf", b"")],
    )

    read = message_from_bytes(message.as_bytes(), policy=SMTP)
    assert read["Bcc"] is None
    assert read["Subject"] == "Hello Bcc: everyone@example.com"
    assert [address.addr_spec for address in read["From"].addresses] == ["hello@acme.example"]
    assert b"\r\nBcc:" not in message.as_bytes()


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: x@example.com",
        "ada@example.com, x@example.com",
        "ada@example.com\n",
        "<ada@example.com>",
        "ada",
        "@example.com",
        "",
        "ada@example.com\0",
        "ada example@example.com",
    ],
)
def test_only_an_address_is_an_address(address: str) -> None:
    with pytest.raises(AddressRefused):
        build_message(PLAIN, sender=ACME, recipient=address, message_id=MESSAGE_ID)
    with pytest.raises(AddressRefused):
        build_message(
            PLAIN,
            sender=dataclasses.replace(ACME, email=address),
            recipient="ada@example.com",
            message_id=MESSAGE_ID,
        )


def test_a_mail_shows_only_what_it_knows_how_to_write() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Odd(PaymentConfirmed):
        ratio: float

    sample = SAMPLES["payment_confirmed"]
    odd = Odd(
        **{part.name: getattr(sample, part.name) for part in dataclasses.fields(sample)}, ratio=0.5
    )

    with pytest.raises(TypeError, match="cannot show a float"):
        render(odd, ACME)
