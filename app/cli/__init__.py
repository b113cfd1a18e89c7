"""The command line: `etrms`."""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError

from app.logs import configure_logs
from etrms_core.errors import EtrmsError

# The file of every command. Only the file of the command that is asked for is imported: a kill
# switch must not wait for what others need.
FILES = {
    "run": "run_commands",
    "monitor": "run_commands",
    "warm-up": "run_commands",
    "doctor": "run_commands",
    "status": "desk_commands",
    "accounts": "desk_commands",
    "positions": "desk_commands",
    "orders": "desk_commands",
    "events": "desk_commands",
    "kill-switch": "kill_command",
    "resume": "resume_command",
    "replay": "replay_command",
    "backtest": "backtest_commands",
    "rerun": "backtest_commands",
    "audit": "audit_commands",
    "breakers": "breaker_commands",
    "changes": "change_commands",
    "data": "data_commands",
    "limits": "limits_commands",
    "user": "user_commands",
    "backup": "backup_commands",
    "restore": "backup_commands",
    "database": "backup_commands",
}


def build_cli(arguments: Sequence[str] = ()) -> typer.Typer:
    """Put the command line together: the command that is asked for, or all of them."""
    cli = typer.Typer(
        name="etrms",
        help="ETRMS: the risk desk of one crypto-futures trader.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    # A single command would otherwise take no name.
    cli.callback()(_no_options)
    asked = next(iter(arguments), None)
    for file in [FILES[asked]] if asked in FILES else dict.fromkeys(FILES.values()):
        import_module(f"app.cli.{file}").register(cli)
    return cli


def main() -> None:
    """Run the command line.

    Exits 0 on success, 2 on wrong usage, 1 otherwise; what went wrong is one line on standard
    error.
    """
    configure_logs()
    try:
        outcome = build_cli(sys.argv[1:])(standalone_mode=False)
    except NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except ClickException as error:
        _fail(f"{error.format_message()} (see --help)", error.exit_code)
    except EtrmsError as error:
        _fail(str(error), 1)
    else:
        sys.exit(outcome if isinstance(outcome, int) else 0)


def _no_options() -> None:
    pass


def _fail(message: str, code: int) -> None:
    print(f"etrms: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(code)
