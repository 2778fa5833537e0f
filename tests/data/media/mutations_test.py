import pathlib

import pytest

from tests.data.media import mutations


@pytest.mark.slow
def test_damaged_files_lose_nothing_but_themselves(shared, tmp_path):
    sources = mutations.sources_in(pathlib.Path(shared("data")))
    assert len({source.suffix for source in sources}) >= 3
    memory, descriptors = 0, 0
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        mutations.run(sources, folder, 50, seed=number)
        if number == 0:
            memory, descriptors = mutations.usage()
    now, still = mutations.usage()
    # Each round makes a model and pipelines of its own.
    assert now < memory + 150 and still <= descriptors + 10
