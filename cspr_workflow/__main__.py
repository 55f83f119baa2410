"""The command line: ``python -m cspr_workflow``."""

from cspr_workflow.interfaces.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="cspr")


if __name__ == "__main__":
    main()
