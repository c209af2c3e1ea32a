"""The ids of facts that two may report."""

import uuid

import pytest

from hotline.domain.journal import fact_id


@pytest.mark.parametrize("parts", [("a", "ended"), ("b", "connected", "offer-1"), ("来电",)])
def test_a_facts_id_is_the_same_whoever_reports_it_and_in_every_version(parts: tuple[str, ...]) -> None:
    assert fact_id(*parts) == uuid.uuid5(uuid.NAMESPACE_OID, "/".join(parts)).hex
