from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fs_scripts.fakes.centre import CallCentre


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    """A call side without a switch."""
    made = CallCentre(tmp_path / "recordings")
    yield made
    made.close()
