"""The login form of streamlit-authenticator, before our own check of the password."""

from collections.abc import Callable

from etrms_core.services.sign_in import LoginOutcome

LABELS = {
    "Form name": "Your desk",
    "Username": "Username",
    "Password": "Password",
    "Login": "Log in",
}
Check = Callable[[str, str], LoginOutcome]


class _Checked:
    """Stands where the form asks for its own check of a password.

    That one changes what was typed, looks at unknown names in no time and locks for good.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        self.outcome: LoginOutcome | None = None

    def login(
        self, username: str = "", password: str = "", *_limits: object, **_more: object
    ) -> bool:
        """Take what was typed; False, since the library shall remember nothing."""
        self.outcome = self._check(username, password)
        return False


class _NoCookie:
    """Stands where the form asks for its own cookie, which scripts could read."""

    def get_cookie(self) -> None:
        """Find none."""


def login_form(check: Check) -> LoginOutcome | None:
    """Draw the form; return what came of a login, None while nobody tried."""
    from streamlit_authenticator import Authenticate  # noqa: PLC0415  slow, and rarely needed

    checked = _Checked(check)
    # Its own beginning would load a frame that reads cookies, which our headers forbid.
    form = object.__new__(Authenticate)
    form.path, form.attrs = None, {"login_sleep_time": 0}
    form.cookie_controller, form.authentication_controller = _NoCookie(), checked
    form.login(fields=LABELS, key="log_in")
    return checked.outcome
