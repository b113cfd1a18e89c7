"""The services that a trader may choose from, and what each of them needs to know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.forms.channel_address import (
    discord_address,
    mail_address,
    other_address,
    slack_address,
    telegram_address,
    webhook_address,
)
from etrms_core.domain.secret import Secret

Typed = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AddressField:
    """One thing to type.

    Attributes
    ----------
    is_secret : bool
        Whether whoever knows it could write or read in the trader's name; it is typed unseen.
    """

    name: str
    label: str
    is_secret: bool = False
    example: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """One service.

    Attributes
    ----------
    hint : str
        Where to find what is asked for.
    may_be_private : bool
        Whether it can lie in the trader's own network.
    """

    label: str
    hint: str
    fields: tuple[AddressField, ...]
    write: Callable[[Typed], Secret]
    may_be_private: bool = False

    def address(self, typed: Typed) -> Secret | None:
        """Write the address; None when nothing was typed.

        Raises
        ------
        ConfigurationError
            If a part cannot be one; it names the part.
        """
        given = {field.name: typed.get(field.name, "").strip() for field in self.fields}
        if all(given[field.name] in ("", field.default) for field in self.fields):
            return None
        return self.write(given)


KINDS = (
    ChannelKind(
        "Telegram",
        "In Telegram, write /newbot to @BotFather: it answers with a token. Write one message to "
        "your new bot, then ask @userinfobot for the number of your chat.",
        (
            AddressField("token", "Bot token", is_secret=True),
            AddressField("chat", "Chat", example="123456789 or @channel"),
        ),
        lambda typed: telegram_address(typed["token"], typed["chat"]),
    ),
    ChannelKind(
        "Discord",
        "In Discord, open the settings of the channel, then Integrations, Webhooks, New webhook, "
        "Copy webhook URL.",
        (AddressField("webhook", "Webhook URL", is_secret=True),),
        lambda typed: discord_address(typed["webhook"]),
    ),
    ChannelKind(
        "Slack",
        "In Slack, make an app for your workspace, switch on Incoming Webhooks, add one to a "
        "channel and copy its URL.",
        (AddressField("webhook", "Webhook URL", is_secret=True),),
        lambda typed: slack_address(typed["webhook"]),
    ),
    ChannelKind(
        "E-mail",
        "Your mail provider's help calls this SMTP. Many ask for an app password made for this "
        "purpose; your normal password then does not work.",
        (
            AddressField("recipient", "Send to", example="me@example.com"),
            AddressField("sender", "Send from", example="desk@example.com"),
            AddressField("server", "Mail server", example="smtp.example.com"),
            AddressField("port", "Port", default="587"),
            AddressField("user", "User name at the mail server"),
            AddressField("password", "Password", is_secret=True),
        ),
        lambda typed: mail_address(**typed),
        may_be_private=True,
    ),
    ChannelKind(
        "Webhook",
        "Any program that takes a POST with JSON: title, message and type. The whole address is "
        "kept secret.",
        (AddressField("url", "Address", is_secret=True),),
        lambda typed: webhook_address(typed["url"]),
        may_be_private=True,
    ),
    ChannelKind(
        "Other (Apprise address)",
        "Apprise speaks to more than a hundred services; its documentation shows how the address "
        "of each is written.",
        (AddressField("address", "Address", is_secret=True),),
        lambda typed: other_address(typed["address"]),
        may_be_private=True,
    ),
)
SERVICE_LABELS = {"JSON": "Webhook"}


def kind_of(service: str) -> ChannelKind:
    """Return the kind of a channel by what its address speaks, the last kind when unknown."""
    label = SERVICE_LABELS.get(service, service)
    return next((kind for kind in KINDS if kind.label.lower() == label.lower()), KINDS[-1])
