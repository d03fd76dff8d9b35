"""Puts the documentation into the wheel, where it has been built."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `build/docs` to what a wheel carries."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folder, unless the package is installed where it stands."""
        if version == "standard" and (Path(self.root) / "build" / "docs").is_dir():
            build_data["force_include"]["build/docs"] = "aidtrace/_project/documentation"
