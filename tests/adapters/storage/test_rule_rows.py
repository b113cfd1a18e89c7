"""Rules as rows: in their order, each field kept, replaced as a whole."""

import pytest

from etrms_core.adapters.storage.rule_rows import replace_rules, rule_texts, rules_from_texts
from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.breakers.presets import preset
from etrms_core.errors import ConfigurationError


def test_rules_come_back_in_their_order_and_are_replaced_as_a_whole(
    sqlite_stores: OpenedStores,
) -> None:
    for rules in (preset("balanced"), preset("conservative")[::-1], ()):
        with sqlite_stores.database.writing() as connection:
            replace_rules(connection, rules)
        with sqlite_stores.database.reading() as connection:
            assert rules_from_texts(rule_texts(connection)) == rules


def test_a_damaged_document_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="metric"):
        rules_from_texts(('{"name": "a", "metric": "x", "threshold": 1, "actions": []}',))
    with pytest.raises(ValueError, match="Expecting"):
        rules_from_texts(("{",))
