"""Files that change between a scan and what follows."""

import os
import shutil

import pytest

from keras_av.data import ClipSpec, Manifest, clips, prepare, scan
from keras_av.data.table.changed import changed

SPEC = ClipSpec(num_frames=2, size=32)


@pytest.fixture
def scanned(numbered, tmp_path):
    for name in ("a.mp4", "b.mp4"):
        shutil.copyfile(numbered(24), tmp_path / name)
    return scan(Manifest(tmp_path, ["a.mp4", "b.mp4"]), verbose=False)


def harm(manifest, kind):
    path = manifest.full_path(1)
    with open(path, "r+b") as file:
        if kind == "shorter":
            file.truncate(os.path.getsize(path) - 10)
        elif kind == "other bytes":
            file.seek(-10, os.SEEK_END)
            file.write(b"0123456789")
    os.utime(path, (0, 0))


@pytest.mark.parametrize("kind", ["shorter", "other bytes"])
def test_other_bytes_are_refused(scanned, tmp_path, kind):
    harm(scanned, kind)
    with pytest.raises(ValueError, match=r"1 of 2 .*b\.mp4: it.*scan again"):
        prepare(scanned, tmp_path / "set", SPEC, verbose=False)
    dataset = clips(scanned, SPEC, 2)
    assert [b["index"].numpy().tolist() for b in dataset] == [[0]]
    assert dataset.report.as_dict()["reasons"] == {"corrupt": 1}
    again = scan(scanned, verbose=False)
    assert len(next(iter(clips(again, SPEC, 2)))["index"]) == 2
    assert len(prepare(again, tmp_path / "set", SPEC, verbose=False)) == 2


def test_the_same_bytes_are_not(scanned):
    harm(scanned, "only touched")
    assert changed(scanned, 0) == changed(scanned, 1) == ""
    # A file that is gone is counted as missing, and none was scanned here.
    os.remove(scanned.full_path(1))
    assert changed(scanned, 1) == ""
    assert changed(Manifest(scanned.root, ["a.mp4"]), 0) == ""
