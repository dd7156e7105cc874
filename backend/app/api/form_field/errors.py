"""What a form, or an answer to it, is refused for."""

from http import HTTPStatus

from app.core.errors import DomainError


class FieldInvalid(DomainError):
    """This form field does not make sense in itself.

    The member ``errors`` lists ``{"pointer": "/diet/options", "detail": "..."}``: the
    field's key, then what is wrong with it.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FormInconsistent(DomainError):
    """The fields of this form do not fit together.

    Two fields share a key, a condition asks for what cannot be answered, conditions go
    round in a circle, or there are too many fields. ``errors`` is as for ``FieldInvalid``.
    """


class AnswersInvalid(DomainError):
    """These answers do not fit the form.

    The member ``errors`` lists ``{"pointer": "/diet", "detail": "..."}``, one for each
    field at most, in the order of the form.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FormOrderIncomplete(DomainError):
    """An order names every field of the popup's form once, and no other."""
