"""The commands that keep a lasting store in order: made, peopled, checked, backed up, restored."""

import typer

from cspr_workflow.interfaces.backup_commands import backup_command, restore_command
from cspr_workflow.interfaces.check_command import check_command, rebuild_command
from cspr_workflow.interfaces.clock_commands import clock_app
from cspr_workflow.interfaces.init_command import init_command
from cspr_workflow.interfaces.people_commands import people_app
from cspr_workflow.interfaces.server_commands import copy_command, migrate_command
from cspr_workflow.interfaces.status_command import status_command


def add_house_commands(app: typer.Typer) -> None:
    """Add the commands; those about the calendar stand with ``cspr calendar``."""
    app.command("init")(init_command)
    app.add_typer(people_app, name="people")
    app.add_typer(clock_app, name="clock")
    app.command("status")(status_command)
    app.command("check")(check_command)
    app.command("rebuild")(rebuild_command)
    app.command("backup")(backup_command)
    app.command("restore")(restore_command)
    app.command("migrate")(migrate_command)
    app.command("copy")(copy_command)
