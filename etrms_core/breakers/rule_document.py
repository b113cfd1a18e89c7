"""Rules as TOML and JSON know them."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    field_validator,
)

from etrms_core.breakers.rules import (
    ARGUMENTS,
    ActionKind,
    BreakerAction,
    BreakerRule,
    Comparison,
    DrawdownBasis,
    DrawdownPeak,
    Evaluate,
    OnUnknown,
    rule_id_from_name,
)
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import NEEDS_MODEL, Metric
from etrms_core.settings import plain_words


def _number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError(f"must be a number, was {value!r}")  # noqa: TRY004  pydantic wants ValueError
    return value


Number = Annotated[float, BeforeValidator(_number)]
Flag = Annotated[bool, Strict()]


# What a name that is not known may have in common with those that it is likely meant to be.
LIKENESS = 0.5
MOST_SUGGESTED = 3
LONGEST_ECHO = 60


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ScopeDocument(_Document):
    """`{ kind, name }`."""

    kind: ScopeKind = ScopeKind.PORTFOLIO
    name: str = ""


class ActionDocument(_Document):
    """`{ kind, fraction | seconds | leverage | distance }`."""

    kind: ActionKind
    fraction: Number | None = None
    seconds: Number | None = None
    leverage: Number | None = None
    distance: Number | None = None

    def action(self) -> BreakerAction:
        """Build the action; an argument of another kind is an error."""
        name = ARGUMENTS.get(self.kind, ("", 0.0))[0]
        given = self.model_dump(exclude={"kind"}, exclude_none=True)
        for other in given:
            if other != name:
                raise ConfigurationError(f"{self.kind.value} takes no {other}", field="actions")
        return BreakerAction(self.kind, given.get(name))


class BreakerDocument(_Document):
    """One breaker in the words of the public interface."""

    id: str | None = None
    name: str
    enabled: Flag = True
    scope: ScopeDocument = Field(default_factory=ScopeDocument)
    metric: Metric
    comparison: Comparison = Comparison.AT_LEAST
    threshold: Number
    for_seconds: Number = 0.0
    reset_threshold: Number | None = None
    cooldown_seconds: Number = 0.0
    latched: Flag = False
    drawdown_peak: DrawdownPeak = DrawdownPeak.ALL_TIME
    drawdown_basis: DrawdownBasis = DrawdownBasis.PEAK
    on_unknown: OnUnknown = OnUnknown.BLOCK_ENTRIES
    act_when_partial: Flag = False
    evaluate: Evaluate = Evaluate.TICK
    shadow: Flag = False
    actions: list[ActionDocument]

    @field_validator("metric", mode="before")
    @classmethod
    def _metric_exists(cls, value: object) -> object:
        if isinstance(value, str) and value in NEEDS_MODEL:
            raise ValueError(f"{value} needs {NEEDS_MODEL[value]}, which this version lacks")
        if isinstance(value, str) and value not in list(Metric):
            raise ValueError(_unknown_metric(value))
        return value

    def rule(self) -> BreakerRule:
        """Build the rule; contradictions raise ConfigurationError naming the field."""
        return BreakerRule(
            rule_id=self.id or rule_id_from_name(self.name),
            name=self.name,
            metric=self.metric,
            threshold=self.threshold,
            actions=tuple(action.action() for action in self.actions),
            scope=Scope(self.scope.kind, self.scope.name),
            comparison=self.comparison,
            enabled=self.enabled,
            for_seconds=self.for_seconds,
            reset_threshold=self.reset_threshold,
            cooldown_seconds=self.cooldown_seconds,
            latched=self.latched,
            drawdown_peak=self.drawdown_peak,
            drawdown_basis=self.drawdown_basis,
            on_unknown=self.on_unknown,
            act_when_partial=self.act_when_partial,
            evaluate=self.evaluate,
            shadow=self.shadow,
        )


def parse_rule(document: Mapping[str, Any], *, position: str = "breakers.0") -> BreakerRule:
    """Read one rule.

    Raises
    ------
    ConfigurationError
        Naming the field below `position`.
    """
    try:
        return BreakerDocument.model_validate(dict(document)).rule()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join([position, *(str(part) for part in first["loc"])])
        message = plain_words(first)
        if first["type"] == "extra_forbidden":
            message = (
                f"is no field of a breaker; there are {', '.join(BreakerDocument.model_fields)}"
            )
        raise ConfigurationError(message, field=field) from error
    except ConfigurationError as error:
        raise ConfigurationError(
            str(error).removeprefix(f"{error.field}: "), field=f"{position}.{error.field}"
        ) from error


def parse_rules(documents: Sequence[Mapping[str, Any]]) -> tuple[BreakerRule, ...]:
    """Read rules in order; their ids, by default made from their names, must differ."""
    rules: list[BreakerRule] = []
    taken: set[str] = set()
    for number, document in enumerate(documents):
        position = f"breakers.{number}"
        rule = parse_rule(document, position=position)
        if rule.rule_id in taken:
            raise ConfigurationError(
                f"{rule.name!r} has the same id, {rule.rule_id!r}, as a breaker before it",
                field=f"{position}.name",
            )
        taken.add(rule.rule_id)
        rules.append(rule)
    return tuple(rules)


def parse_rules_toml(text: str) -> tuple[BreakerRule, ...]:
    """Read the `[[breakers]]` of a TOML document; anything else in it is an error."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable("TOML", error) from error
    unknown = sorted(set(document) - {"breakers"})
    if unknown:
        raise ConfigurationError("is not known in a breaker file", field=unknown[0])
    tables = document.get("breakers", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError("must be a list of tables, written [[breakers]]", field="breakers")
    return parse_rules(tables)


def parse_rules_json(text: str) -> tuple[BreakerRule, ...]:
    """Read a rule, a list of rules, or ``{"breakers": [...]}`` from JSON."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable("JSON", error) from error
    if isinstance(document, dict) and set(document) == {"breakers"}:
        document = document["breakers"]
    rules = document if isinstance(document, list) else [document]
    if not all(isinstance(rule, dict) for rule in rules):
        raise ConfigurationError("must be an object or a list of objects", field="breakers")
    return parse_rules(rules)


def rule_mapping(rule: BreakerRule) -> dict[str, Any]:
    """Write a rule in the words of the public interface; `parse_rule` reads it back."""
    document: dict[str, Any] = {
        "id": rule.rule_id,
        "name": rule.name,
        "enabled": rule.enabled,
        "scope": {"kind": rule.scope.kind.value, "name": rule.scope.name},
        "metric": rule.metric.value,
        "comparison": rule.comparison.value,
        "threshold": rule.threshold,
        "for_seconds": rule.for_seconds,
        "reset_threshold": rule.reset_threshold,
        "cooldown_seconds": rule.cooldown_seconds,
        "latched": rule.latched,
        "drawdown_peak": rule.drawdown_peak.value,
        "drawdown_basis": rule.drawdown_basis.value,
        "on_unknown": rule.on_unknown.value,
        "act_when_partial": rule.act_when_partial,
        "evaluate": rule.evaluate.value,
        "shadow": rule.shadow,
        "actions": [_action_mapping(action) for action in rule.actions],
    }
    if rule.reset_threshold is None:
        del document["reset_threshold"]
    if not rule.shadow:
        del document["shadow"]
    return document


def rule_mappings(rules: Iterable[BreakerRule]) -> list[dict[str, Any]]:
    """Write rules in order."""
    return [rule_mapping(rule) for rule in rules]


def _unknown_metric(name: str) -> str:
    close = get_close_matches(
        name.lower()[:LONGEST_ECHO], list(Metric), MOST_SUGGESTED, cutoff=LIKENESS
    )
    meant = f"; did you mean {' or '.join(close)}?" if close else ";"
    return (
        f"no metric is called {name[:LONGEST_ECHO]!r}{meant} "
        "`etrms breakers metrics` lists all of them"
    )


def _unreadable(kind: str, error: Exception) -> ConfigurationError:
    if isinstance(error, RecursionError):
        text = f"is not read: the {kind} is nested deeper than any breaker needs"
        return ConfigurationError(text, field="breakers")
    return ConfigurationError(f"is not {kind}: {error}", field="breakers")


def _action_mapping(action: BreakerAction) -> dict[str, Any]:
    if action.argument is None:
        return {"kind": action.kind.value}
    return {"kind": action.kind.value, ARGUMENTS[action.kind][0]: action.argument}
