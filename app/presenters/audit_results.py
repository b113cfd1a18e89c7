"""What checking and replaying the audit log found, in sentences."""

from app.presenters.numbers import plain
from etrms_core.services.audit import ChainReport, ReplayReport, VerifyReport

NAMES = {"events": "Events", "cycles": "Recorded cycles"}
HASH_CHARACTERS = 16


def verify_lines(report: VerifyReport) -> tuple[str, ...]:
    """Say of each chain how many rows are what was written, and which is the first that is not."""
    return tuple(_chain_line(chain) for chain in report.chains)


def replay_line(report: ReplayReport) -> str:
    """Say how many cycles were decided the same again, and which is the first that was not."""
    same = (
        f"{plain(report.equal, 0)} of {plain(report.cycles, 0)} recorded cycles came out the same"
    )
    different = report.difference
    if different is None:
        return f"{same}."
    at = "" if different.as_of is None else f" of {different.as_of.isoformat(timespec='seconds')}"
    return f"{same}; the first that did not is cycle {different.sequence}{at}: {different.what}."


def progress_text(done: int, total: int) -> tuple[str, float]:
    """Say how many rows are done, and which share that is."""
    share = done / total if total > 0 else 0.0
    return f"{plain(done, 0)} of {plain(total, 0)} rows", min(1.0, share)


def _chain_line(chain: ChainReport) -> str:
    name = NAMES.get(chain.log.value, chain.log.value)
    if chain.broken is not None:
        return (
            f"{name}: row {chain.broken.sequence} is not what was written: {chain.broken.reason}; "
            f"{plain(chain.rows, 0)} rows before it are good."
        )
    pruned = f" after {plain(chain.start.sequence, 0)} pruned ones" if chain.start.sequence else ""
    return (
        f"{name}: all {plain(chain.rows, 0)} rows{pruned} are what was written; the last one is "
        f"{chain.head.sequence}, hash {chain.head.row_hash[:HASH_CHARACTERS]}..."
    )
