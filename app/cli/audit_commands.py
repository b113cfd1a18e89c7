"""`etrms audit`: is the log what was written, and would the desk decide the same again."""

from typing import Any

import typer

from app.cli.output import AsJson, print_json, print_line, print_table
from etrms_core.bootstrap import open_desk
from etrms_core.engine.hash_chain import ChainBreak
from etrms_core.services.audit import Audit, ChainReport, Difference, ReplayReport
from etrms_core.settings import home_directory

audit = typer.Typer(no_args_is_help=True, help="Verify and replay the audit log.")


@audit.command()
def verify(as_json: AsJson = False) -> None:
    """Check every row of both logs against its hash; exit 1 naming the first bad one."""
    report = _audit().verify()
    chains = [_chain_document(chain) for chain in report.chains]
    if as_json:
        print_json({"run_id": report.run_id, "is_good": report.is_good, "logs": chains})
    else:
        print_table(chains, ("log", "rows", "pruned_up_to", "last", "last_hash"), empty="")
    for chain in report.chains:
        if chain.broken is not None:
            typer.echo(f"etrms: {_break_line(chain, chain.broken)}", err=True)
            raise typer.Exit(1)


@audit.command()
def replay(as_json: AsJson = False) -> None:
    """Decide every recorded cycle again; exit 1 naming the first one that comes out different."""
    report = _audit().replay()
    if as_json:
        print_json(_replay_document(report))
    else:
        print_line(f"{report.equal} of {report.cycles} recorded cycles came out the same.")
    if report.difference is not None:
        typer.echo(f"etrms: {_difference_line(report.difference)}", err=True)
        raise typer.Exit(1)


def _audit() -> Audit:
    return open_desk(home_directory()).audit


def _chain_document(chain: ChainReport) -> dict[str, Any]:
    broken = chain.broken
    return {
        "log": chain.log.value,
        "rows": chain.rows,
        "pruned_up_to": chain.start.sequence,
        "last": chain.head.sequence,
        "last_hash": chain.head.row_hash,
        "first_bad": None
        if broken is None
        else {"number": broken.sequence, "reason": broken.reason},
    }


def _replay_document(report: ReplayReport) -> dict[str, Any]:
    difference = report.difference
    return {
        "run_id": report.run_id,
        "is_good": report.is_good,
        "cycles": report.cycles,
        "equal": report.equal,
        "first_difference": None
        if difference is None
        else {
            "number": difference.sequence,
            "as_of": None if difference.as_of is None else difference.as_of.isoformat(),
            "what": difference.what,
        },
    }


def _break_line(chain: ChainReport, broken: ChainBreak) -> str:
    return " ".join(f"{chain.log.value} row {broken.sequence}: {broken.reason}".split())


def _difference_line(difference: Difference) -> str:
    cycle = f"cycle {difference.sequence}"
    if difference.what.startswith(f"{cycle} "):
        return difference.what
    at = "" if difference.as_of is None else f" of {difference.as_of.isoformat()}"
    return " ".join(f"{cycle}{at}: {difference.what}".split())


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(audit, name="audit")
