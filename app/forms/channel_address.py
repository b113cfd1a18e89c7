"""Addresses of channels, written from what a trader can find in each service.

What is typed is escaped or checked in full, so that no part of it is read as another part.
"""

import re
from urllib.parse import parse_qsl, quote, urlsplit

from etrms_core.domain.secret import Secret
from etrms_core.errors import ConfigurationError

BOT_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{10,100}")
CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,40}")
DISCORD_WEBHOOK = re.compile(
    r"https://(?:discord|discordapp)\.com/api/webhooks/([0-9]{5,30})/([A-Za-z0-9_-]{10,200})/?"
)
SLACK_WEBHOOK = re.compile(
    r"https://hooks\.slack\.com/services/([A-Z0-9]{5,30})/([A-Z0-9]{5,30})/([A-Za-z0-9]{10,60})/?"
)
MAILBOX = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+")
SERVER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
HIGHEST_PORT = 65_535
WEB_SCHEMES = {"https": "jsons", "http": "json"}


def telegram_address(token: str, chat: str) -> Secret:
    """Write the address of a chat that a bot writes into.

    Raises
    ------
    ConfigurationError
        From every function here: if a part cannot be one; it names the part, never its value.
    """
    _check(BOT_TOKEN, token, "token", "is digits, a colon and letters, as BotFather shows it")
    _check(CHAT, chat, "chat", "is a number such as -1001234, or a name such as @channel")
    return Secret(f"tgram://{token}/{quote(chat, safe='-')}")


def discord_address(webhook: str) -> Secret:
    """Write the address of a Discord channel from its webhook."""
    parts = _check(
        DISCORD_WEBHOOK, webhook, "webhook", "begins with https://discord.com/api/webhooks/"
    )
    return Secret(f"discord://{parts[1]}/{parts[2]}")


def slack_address(webhook: str) -> Secret:
    """Write the address of a Slack channel from its incoming webhook."""
    parts = _check(
        SLACK_WEBHOOK, webhook, "webhook", "begins with https://hooks.slack.com/services/"
    )
    return Secret(f"slack://{parts[1]}/{parts[2]}/{parts[3]}")


def mail_address(
    *, server: str, port: str, user: str, password: str, sender: str, recipient: str
) -> Secret:
    """Write the address of a mailbox that an encrypted mail server delivers to.

    Port 465 is encrypted from the first byte, every other one by STARTTLS.
    """
    _check(SERVER, server, "server", "is a name such as smtp.example.com")
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
        raise ConfigurationError("is a number such as 587", field="port")
    for field, mailbox in (("sender", sender), ("recipient", recipient)):
        _check(MAILBOX, mailbox, field, "is one e-mail address")
    if not user or not password:
        raise ConfigurationError("are both needed", field="user and password")
    mode = "ssl" if int(port) == 465 else "starttls"
    # Of all that follows a question mark, Apprise decodes only the recipient once.
    to = quote(recipient, safe="")
    query = f"smtp={server}&mode={mode}&from={_twice(sender)}&to={to}"
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return Secret(f"mailtos://{login}@{server}:{port}?{query}")


def webhook_address(url: str) -> Secret:
    """Write the address of a program that takes JSON by POST.

    The query is marked as part of the address; else it would be read as options of sending.
    """
    refusal = ConfigurationError("is a whole web address that begins with https://", field="url")
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is none
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        raise refusal from None
    scheme = WEB_SCHEMES.get(parts.scheme)
    if scheme is None or not parts.hostname or not url.isprintable() or " " in url:
        raise refusal
    if len({key for key, _value in pairs}) < len(pairs):
        raise ConfigurationError("names the same thing twice after its question mark", field="url")
    query = "&".join(f"-{_twice(key)}={_twice(value)}" for key, value in pairs)
    end = f"?{query}" if query else ""
    return Secret(f"{scheme}://{parts.netloc}{parts.path or '/'}{end}")


def other_address(address: str) -> Secret:
    """Take an address of Apprise's as it is; the sender checks it."""
    if not address:
        raise ConfigurationError("is needed", field="address")
    return Secret(address)


def _check(pattern: re.Pattern[str], text: str, field: str, rule: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ConfigurationError(rule, field=field)
    return found


def _twice(text: str) -> str:
    # So often does Apprise decode what follows the question mark.
    return quote(quote(text, safe=""), safe="")
