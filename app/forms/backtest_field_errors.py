"""What is wrong with a form, told right below the field that it is about."""

import streamlit as st

from app.components.literal_text import literally
from etrms_core.errors import ConfigurationError


class FieldErrors:
    """Tells one error once: below its field, or at the end when no field is its own."""

    def __init__(self, error: ConfigurationError | None) -> None:
        self._error = error

    def below(self, *fields: str) -> None:
        """Tell the error here if it is about one of these fields or a part of it."""
        about = None if self._error is None else self._error.field
        if about is not None and any(_is_part(about, field) for field in fields):
            self.rest()

    def rest(self) -> None:
        """Tell the error here, unless it was told."""
        if self._error is not None:
            st.error(literally(told(self._error)), icon=":material/error:")
            self._error = None


def told(error: ConfigurationError) -> str:
    """Write an error as a sentence that begins with the name of its field."""
    sentence = str(error).removeprefix(f"{error.field}: ").rstrip(".")
    if not error.field:
        return f"{sentence[:1].upper()}{sentence[1:]}."
    name = error.field.rpartition(".")[2].replace("_", " ")
    return f"{name[:1].upper()}{name[1:]} {sentence}."


def _is_part(about: str, field: str) -> bool:
    return about == field or about.startswith(f"{field}.")
