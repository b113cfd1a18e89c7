"""The text of an uploaded document, refused before a parser is asked when it could only do harm."""

import re

from etrms_core.errors import ConfigurationError

LONGEST = 256 << 10
KIBIBYTE = 1 << 10
MOST_DOTS = 8
# The time that tomllib takes for one key grows with the square of its dots. No part is tried
# twice, so this looks at the text once for each allowed dot.
DEEP_KEY = re.compile(
    r"""(?:\.[ \t]*+(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+)"""
    rf"{{{MOST_DOTS + 1}}}"
)


def uploaded_text(content: bytes, *, is_json: bool, longest: int = LONGEST) -> str:
    """Return the text of a document.

    Raises
    ------
    ConfigurationError
        If it is too long, no text in UTF-8, or a TOML key has too many dots.
    """
    if len(content) > longest:
        raise ConfigurationError(
            f"the file has more than {longest // KIBIBYTE} KiB, and no file of this kind needs that"
        )
    try:
        # Some editors begin a file with a mark that is no part of its text.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError("the file is no text in UTF-8") from error
    if not is_json and DEEP_KEY.search(text) is not None:
        raise ConfigurationError("a key of the file has too many dots")
    return text
