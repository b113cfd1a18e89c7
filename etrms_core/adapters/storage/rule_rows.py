"""Breaker rules as rows of their table."""

import json

from sqlalchemy import Connection, delete, insert, select

from etrms_core.adapters.storage.json_text import json_text
from etrms_core.adapters.storage.tables import breakers
from etrms_core.breakers.rule_document import parse_rules, rule_mapping
from etrms_core.breakers.rules import BreakerRule


def rule_texts(connection: Connection) -> tuple[str, ...]:
    """Read the documents of the rules in saved order."""
    query = select(breakers.c.document).order_by(breakers.c.position)
    return tuple(connection.scalars(query).all())


def rules_from_texts(texts: tuple[str, ...]) -> tuple[BreakerRule, ...]:
    """Parse documents of rules.

    Raises
    ------
    ConfigurationError, TypeError, ValueError, RecursionError
        If one is damaged.
    """
    return parse_rules([json.loads(text) for text in texts])


def replace_rules(connection: Connection, rules: tuple[BreakerRule, ...]) -> None:
    """Replace all rules."""
    rows = [
        {"position": position, "rule_id": rule.rule_id, "document": json_text(rule_mapping(rule))}
        for position, rule in enumerate(rules)
    ]
    connection.execute(delete(breakers))
    if rows:
        connection.execute(insert(breakers), rows)
