"""The built program as the benchmarks call it."""

from __future__ import annotations

import os
import pathlib
import subprocess


class CommandLine:
    """``nsml`` with a configuration of its own below ``directory``. No call may take longer than ``limit`` seconds."""

    def __init__(self, program: str, directory: pathlib.Path, limit: float) -> None:
        self.program = program
        self.environment = dict(os.environ, XDG_CONFIG_HOME=str(directory / "config"), NO_COLOR="1")
        self.limit = limit

    def nsml(self, *arguments: str, cwd: pathlib.Path | None = None) -> str:
        """What the call prints on standard output. Raises when it fails."""
        done = subprocess.run(
            [self.program, *arguments],
            env=self.environment,
            cwd=cwd,
            check=True,
            capture_output=True,
            text=True,
            timeout=self.limit,
        )
        return done.stdout
