"""Text fields for amounts: 10 %, 1 h 30 min; what cannot be read is told right below its field."""

import streamlit as st

from app.components.literal_text import literally
from app.presenters.typed_amounts import EXAMPLES, read_amount, write_amount
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import Unit

LONGEST_TYPED = 40
# The preview follows after this pause.
PAUSE = "0.4s"


class AmountFields:
    """Draws fields whose names end in `key`, and remembers whether all of them could be read."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.is_readable = True

    def amount(
        self,
        label: str,
        start: float | None,
        unit: Unit,
        *,
        name: str,
        help_text: str = "",
        optional: str = "",
    ) -> float | None:
        """Draw a field and return its amount; None where it is empty or cannot be read.

        Parameters
        ----------
        start : float or None
            What it holds at first; that comes back to the last digit unless it is changed.
        optional : str
            What an empty field means; an empty `optional` does not allow one, and says so only
            where something was taken away.
        """
        shown = write_amount(start, unit)
        typed = st.text_input(
            label,
            value=shown,
            max_chars=LONGEST_TYPED,
            placeholder=optional or f"like {EXAMPLES[unit]}",
            help=help_text or None,
            key=f"{name}_{self._key}",
            live=PAUSE,
        )
        typed = typed or ""
        if typed.strip() == shown.strip() and start is not None:
            return start
        if not typed.strip() and (optional or start is None):
            self.is_readable = self.is_readable and bool(optional)
            return None
        try:
            return read_amount(typed, unit)
        except ConfigurationError as error:
            self.is_readable = False
            st.error(f"{literally(label)} {literally(str(error))}")
            return None
