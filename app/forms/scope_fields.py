"""Where a breaker watches: the kind of scope, and which one of it."""

from dataclasses import dataclass

import streamlit as st

from app.presenters.metric_words import SCOPE_KINDS, scope_kinds
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.risk.metrics import Metric

LONGEST_SCOPE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeChoices:
    """What exists on the desk."""

    exchanges: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()

    def of(self, kind: ScopeKind) -> tuple[str, ...]:
        """Return the names of one kind."""
        names = {
            ScopeKind.EXCHANGE: self.exchanges,
            ScopeKind.SYMBOL: self.symbols,
            ScopeKind.STRATEGY: self.strategies,
        }
        return names.get(kind, ())


def scope_fields(start: Scope, metric: Metric, choices: ScopeChoices, *, key: str) -> Scope:
    """Draw the fields of a scope in which a metric exists."""
    kinds = scope_kinds(metric)
    left, right = st.columns(2)
    with left:
        kind = st.selectbox(
            "Scope",
            kinds,
            index=kinds.index(start.kind) if start.kind in kinds else 0,
            format_func=lambda each: SCOPE_KINDS[each],
            key=f"scope_{len(kinds)}_{key}",
        )
    if kind is ScopeKind.PORTFOLIO:
        return Scope(kind)
    known = start.name if start.kind is kind else ""
    with right:
        return Scope(kind, _name(kind, known, choices.of(kind), key))


def _name(kind: ScopeKind, start: str, choices: tuple[str, ...], key: str) -> str:
    every = f"every {kind.value}, each on its own"
    names = list(dict.fromkeys((every, *choices, *filter(None, [start]))))
    chosen = st.selectbox(
        f"Which {kind.value}",
        names,
        index=names.index(start) if start else 0,
        accept_new_options=True,
        key=f"scope_name_{kind.value}_{key}",
    )
    name = (chosen or every).strip()[:LONGEST_SCOPE]
    return "" if name == every else name
