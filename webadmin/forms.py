"""What all forms share: messages that say the remedy, and refusals of the store shown at their field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice
from wtforms.fields.core import Field
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, NumberRange, Regexp, StopValidation

from hotline.store.errors import Conflict, Invalid

TAKEN: Final = _l("This value is already in use. Choose another one.")
UNUSABLE: Final = _l("This value cannot be used here. Choose one from the list.")


class Form(FlaskForm):
    """A form of the console. CSRF is checked once for every request, by :mod:`webadmin.guard`."""

    class Meta(FlaskForm.Meta):
        csrf = False

    def show(self, error: Conflict | Invalid) -> None:
        """Put a refusal of the store at the field that it names. Raises it again when the form has no such
        field.
        """
        field = self._fields.get(error.field)
        if field is None:
            raise error
        text = TAKEN if isinstance(error, Conflict) else UNUSABLE
        field.errors = [*field.errors, text]


def options(pairs: Iterable[tuple[str, str | LazyString]]) -> list[SelectChoice]:
    """The choices of a select, from pairs of value and words."""
    return [SelectChoice(value, label) for value, label in pairs]


def stripped(value: str | None) -> str | None:
    """A filter: what is typed around a value by mistake goes away."""
    return value.strip() if value is not None else None


class Required(InputRequired):
    """Something must be there; blanks alone are nothing, once they are stripped."""

    def __call__(self, form: BaseForm, field: Field) -> None:
        super().__call__(form, field)
        if field.data == "":
            raise StopValidation(str(self.message))


def required(message: LazyString | None = None) -> Required:
    return Required(message=message or _l("Please fill this in."))


def at_most(length: int) -> Length:
    return Length(max=length, message=_l("At most %(max)d characters. Shorten it."))


def between(low: int, high: int) -> NumberRange:
    return NumberRange(min=low, max=high, message=_l("A whole number from %(min)d to %(max)d."))


def code_name() -> Regexp:
    """For codes that programs use: they appear in addresses and channel variables."""
    return Regexp(
        r"^[a-z][a-z0-9_-]{0,31}$",
        message=_l("Use small letters, digits, - and _ (at most 32), beginning with a letter."),
    )


def digits(low: int, high: int) -> Regexp:
    return Regexp(rf"^[0-9]{{{low},{high}}}$", message=_l("Use digits only, such as 8024."))
