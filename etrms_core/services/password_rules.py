"""Which passwords are good enough for the desk's owner."""

from etrms_core.errors import ConfigurationError

FEWEST_CHARACTERS = 10
MOST_BYTES = 72  # bcrypt sees no more
LOWEST_SCORE = 2  # of 0 to 4: some 10^6 guesses
SHORTEST_NAME = 3  # a shorter one lies in many good passwords by chance
FLAWS = {
    "dictionary": "it is made of a common password, word or name",
    "spatial": "it follows keys that lie side by side",
    "repeat": "it repeats itself",
    "sequence": "it counts or spells in order",
    "regex": "it is little more than a year",
    "date": "it is little more than a date",
}
ADVICE = "put together several words that have nothing to do with each other"


def check_password(password: str, *, name: str) -> None:
    """Refuse a weak password.

    Parameters
    ----------
    name : str
        The owner's, which must not lie inside.

    Raises
    ------
    ConfigurationError
        With a sentence that says why, and never with the password.
    """
    weakness = _weakness(password, name)
    if weakness is not None:
        raise ConfigurationError(weakness, field="password")


def _weakness(password: str, name: str) -> str | None:
    if not password.strip():
        return "is empty"
    if len(password) < FEWEST_CHARACTERS:
        return f"has {len(password)} characters, needs at least {FEWEST_CHARACTERS}"
    size = len(password.encode(errors="surrogatepass"))
    if size > MOST_BYTES:
        return f"has {size} bytes, of which only {MOST_BYTES} would count; use a shorter one"
    folded = password.casefold()
    if len(name) >= SHORTEST_NAME and name.casefold() in folded:
        return "contains your name, which is the first thing to be tried; leave it out"
    if "etrms" in folded:
        return "contains the word etrms, which is the first thing to be tried; leave it out"
    return _guessable(password, name)


def _guessable(password: str, name: str) -> str | None:
    from zxcvbn import zxcvbn  # noqa: PLC0415 (its word lists take a while)

    judged = zxcvbn(password, user_inputs=[name])
    if judged["score"] >= LOWEST_SCORE:
        return None
    longest = max(judged["sequence"], key=lambda part: len(part["token"]))
    flaw = FLAWS.get(longest["pattern"], "it holds little that is hard to guess")
    return f"is too easy to guess: {flaw}; {ADVICE}"
