"""The status bar: whose money, whether somebody guards it, how old the readings are."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.presenters.breaker_rows import state_name
from app.presenters.cells import Cell, Tone
from app.presenters.restriction_rows import restriction_sentence
from app.presenters.times import duration
from app.presenters.venue_rows import QUALITIES, age_text
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.risk.snapshot import DataQuality
from etrms_core.services.desk_health import DeskHealth, HealthStatus
from etrms_core.services.risk_state import RiskState
from etrms_core.services.supervisor import Role

MOST_NOTICES = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that must not be overlooked."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """What every page shows above everything else.

    Attributes
    ----------
    is_stale : bool
        Whether the figures are too old to act on; pages are greyed then.
    """

    mode: str
    monitor: Cell
    updated: Cell
    sources: tuple[Cell, ...]
    notices: tuple[Notice, ...]
    is_stale: bool


def desk_status(state: RiskState | None, health: DeskHealth, *, zone: ZoneInfo) -> DeskStatus:
    """Sum up the desk's health and restrictions."""
    age = health.monitor_age_seconds
    is_dead = health.status is HealthStatus.DEAD
    return DeskStatus(
        mode=health.mode.upper(),
        monitor=_monitor(health, has_state=state is not None),
        updated=_updated(age, is_late=is_dead),
        sources=() if state is None else _sources(state, age or 0.0),
        notices=_notices(state, health, zone),
        is_stale=is_dead and state is not None,
    )


def _monitor(health: DeskHealth, *, has_state: bool) -> Cell:
    if health.status is not HealthStatus.DEAD:
        if health.role is Role.STANDBY:
            return Cell("Standby", "another process guards the accounts", tone=Tone.WARNING)
        tone = Tone.GOOD if health.error is None else Tone.WARNING
        return Cell("Monitor running", tone=tone)
    if not has_state and health.error is None:
        return Cell("Monitor starting", tone=Tone.WARNING)
    return Cell("Monitor not answering", tone=Tone.BAD)


def _updated(age: float | None, *, is_late: bool) -> Cell:
    if age is None:
        return Cell("no reading yet", tone=Tone.MUTED)
    return Cell(f"updated {duration(age)} ago", tone=Tone.BAD if is_late else Tone.PLAIN)


def _sources(state: RiskState, passed: float) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            f"{source.account} {age_text(source, passed_seconds=passed)}",
            tone=QUALITIES[source.quality].tone,
            help=state.source_errors.get(source.account, ""),
        )
        for source in state.snapshot.sources
    )


def _notices(state: RiskState | None, health: DeskHealth, zone: ZoneInfo) -> tuple[Notice, ...]:
    notices = list(_monitor_notices(state, health))
    if state is None:
        return tuple(notices)
    blocks = _restriction_notices(state, zone)
    # That nothing may be traded comes before everything that is merely wrong.
    notices += [block for block in blocks if block.tone is Tone.BAD]
    notices += [Notice(sentence(alarm.message), Tone.BAD) for alarm in health.alarms]
    if any(source.quality is not DataQuality.FRESH for source in state.snapshot.sources):
        reason = state.snapshot.reasons.get(PORTFOLIO, "a source is not fresh")
        notices.append(Notice(f"Readings are not complete: {reason}.", Tone.WARNING))
    notices += [block for block in blocks if block.tone is not Tone.BAD]
    return (*notices, *_latched(state))


def _restriction_notices(state: RiskState, zone: ZoneInfo) -> tuple[Notice, ...]:
    blocks = sorted(state.blocks, key=lambda block: -block.state)
    told = [
        Notice(
            restriction_sentence(block, zone=zone, now=state.as_of),
            Tone.BAD if block.state.name == "HALTED" else Tone.WARNING,
        )
        for block in blocks[:MOST_NOTICES]
    ]
    if len(blocks) > MOST_NOTICES:
        rest = len(blocks) - MOST_NOTICES
        told.append(Notice(f"{rest} more trading restrictions, see Overview.", Tone.WARNING))
    return tuple(told)


def _monitor_notices(state: RiskState | None, health: DeskHealth) -> tuple[Notice, ...]:
    if health.error is not None:
        text = f"The monitor's last cycle failed and is tried again: {health.error}"
        return (Notice(text, Tone.BAD),)
    if health.status is HealthStatus.DEAD and state is not None:
        text = "Nobody guards the accounts: the figures below are old. Restart ETRMS."
        return (Notice(text, Tone.BAD),)
    if health.role is Role.STANDBY:
        text = "This process stands by and takes over if the one that guards the accounts ends."
        return (Notice(text, Tone.WARNING),)
    return ()


def sentence(text: str) -> str:
    """Begin with a capital letter and end with a full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _latched(state: RiskState) -> tuple[Notice, ...]:
    told = {block.source for block in state.blocks}
    names = sorted(
        {
            view.rule.name
            for view in state.breakers
            if state_name(view) == "latched" and view.rule.rule_id not in told
        }
    )
    if not names:
        return ()
    verb = "is" if len(names) == 1 else "are"
    return (Notice(f"{', '.join(names)} {verb} latched until a person resets it.", Tone.BAD),)
