#!/usr/bin/env python
"""Runs the commands of the project: `manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from config import embedded, processes

# These need no database.
WITHOUT_SERVICES = {
    "help", "--help", "-h", "version", "--version", "check", "collectstatic", "findstatic", "makemessages",
    "compilemessages", "makemigrations", "spectacular", "diffsettings", "startapp", "test",
}  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVICES:
        execute_from_command_line(sys.argv)
        return
    try:
        with embedded.provided("demo") as environment:
            # Found or started by us, hence the demo; saying so must not depend on the order of imports.
            if "DATABASE_URL" in environment:
                os.environ.setdefault("TENON_DEMO", "1")
            os.environ.update(environment)
            execute_from_command_line(sys.argv)
    except processes.CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
