"""The version that pages and the REST interface show; a test keeps it equal to ``pyproject.toml``."""

from typing import Final

VERSION: Final = "0.1.0"
