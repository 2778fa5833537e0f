"""Files that came, went or were renamed between two runs."""

import numpy as np
import pytest

from keras_av.data import (
    ClipSpec,
    Manifest,
    PreparedSet,
    clips,
    prepare,
    write_video,
)

SPEC = ClipSpec(num_frames=2, size=24, audio_seconds=0)
CHANGES = {
    "removed": lambda folder: (folder / "b.mp4").unlink(),
    "added": lambda folder: video(folder / "aa.mp4", 200),
    "renamed": lambda folder: (folder / "b.mp4").rename(folder / "z.mp4"),
}


def video(path, level):
    write_video(path, np.full((6, 32, 32, 3), level, np.uint8), 12)


@pytest.fixture(params=CHANGES)
def changed(request, tmp_path):
    """What was, its prepared set, and what is there now."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name, level in zip("abc", (40, 80, 120)):
        video(folder / f"{name}.mp4", level)
    before = Manifest.from_folder(folder)
    before.to_csv(tmp_path / "before.csv")
    prepared = tmp_path / "prepared"
    prepare(before, prepared, SPEC, num_workers=1, verbose=False)
    CHANGES[request.param](folder)
    return request.param, before, prepared, folder


def levels(files):
    """Index -> how bright its clip is, to the next ten."""
    found = {}
    for batch in clips(files, SPEC, 1).as_numpy_iterator():
        found[int(batch["index"][0])] = round(batch["video"].mean(), -1)
    return found


def test_the_digest_tells(changed):
    _, before, _, folder = changed
    now = Manifest.from_folder(folder)
    assert now.digest() != before.digest()
    # This is why: a bank's row would be that of another file.
    assert levels(now) != {0: 40, 1: 80, 2: 120}


def test_a_manifest_that_was_kept_keeps_the_rows(changed, tmp_path):
    change, before, _, folder = changed
    kept = Manifest.from_csv(tmp_path / "before.csv", root=folder)
    assert kept.digest() == before.digest()
    expected = {0: 40, 1: 80, 2: 120}
    if change != "added":
        del expected[1]
    assert levels(kept) == expected


def test_a_prepared_set_keeps_the_rows(changed):
    _, before, prepared, _ = changed
    assert PreparedSet(prepared).digest() == before.digest()
    assert levels(PreparedSet(prepared)) == {0: 40, 1: 80, 2: 120}


def test_preparing_what_has_changed_is_refused(changed):
    _, _, prepared, folder = changed
    with pytest.raises(ValueError, match="Rows would be renumbered"):
        prepare(Manifest.from_folder(folder), prepared, SPEC, verbose=False)


def test_files_of_a_prepared_set_are_found_by_their_paths(changed):
    change, _, prepared, folder = changed
    now = Manifest.from_folder(folder)
    if change == "removed":
        assert levels(PreparedSet(prepared, now)) == {0: 40, 1: 120}
        return
    with pytest.raises(ValueError, match="not in the prepared set"):
        PreparedSet(prepared, now)
