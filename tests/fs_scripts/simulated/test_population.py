"""Random callers are the same for the same seed."""

from itertools import pairwise

from fs_scripts.simulated.population import Population


def test_the_same_seed_gives_the_same_callers_with_the_same_scripts():
    first, again = (list(Population(rate=2, count=50, seed=7).calls()) for _ in range(2))

    assert first == again
    assert list(Population(rate=2, count=50, seed=8).calls()) != first


def test_callers_come_at_about_their_rate_and_in_order():
    times = [at for at, _ in Population(rate=5, count=1000, seed=3).calls()]

    assert all(earlier < later for earlier, later in pairwise(times))
    assert 180 < times[-1] < 220


def test_callers_differ_in_what_they_want():
    scripts = {
        tuple(type(step).__name__ for step in caller.script)
        for _, caller in Population(rate=1, count=300, seed=1).calls()
    }

    assert len(scripts) >= 6
