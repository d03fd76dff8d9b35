"""One minute of the soak."""

from pathlib import Path

from soak import complaints, soak


def test_a_minute_of_mixed_load_leaks_nothing(cache: Path, tmp_path: Path) -> None:
    told = soak(cache, tmp_path / "store", 60)
    assert complaints(told) == []
    for outcome in ("tiny 200", "listing 200", "hostile 503", "hang_up answered", "write 204"):
        assert told.outcomes[outcome] > 0, told.outcomes
