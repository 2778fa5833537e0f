"""Whatever looks at a damaged file says the same of it.

1. What cannot be opened has one reason, whoever opens it.
2. `scan` goes through packets and decodes none: of a file that it can open
   it says `truncated` or `corrupt` where packets are missing, and knows
   nothing of the damage inside of them, nor what clips will need of it.
   Clips are cut out of what is there.
3. Shards and files that are decoded as a whole, once for all clips, agree in
   everything. What `prepare` could not write is skipped with its reason.
4. A clip that is decoded alone meets the same faults, but for damage in
   parts of the file that it does not need, and for sound that damage has
   left silent in just this place.
"""

import collections

import numpy as np
import pytest

from keras_av.data import (
    ClipSpec,
    Manifest,
    MediaError,
    clips,
    prepare,
    scan,
)
from tests.data.media import mutations

SEEN_AND_HEARD = mutations.SPEC
HEARD = ClipSpec(num_frames=0, audio_seconds=0.5)
# What is found on opening a file, before any packet is decoded.
CLOSED = ("missing", "empty", "unreadable", "absurd")
# What only decoding, or what clips need, brings to light.
INSIDE = {
    "corrupt",
    "empty",
    "no_audio",
    "no_video",
    "not_finite",
    "silent",
    "too_short",
}
# A second library reads sound, and FFmpeg may know a file that it does not.
SOUND_ENDINGS = (".aiff", ".flac", ".mp3", ".ogg", ".wav")


@pytest.fixture(scope="module")
def damaged(shared, tmp_path_factory):
    """60 files, each damaged in one of six ways."""
    folder = tmp_path_factory.mktemp("damaged")
    sources = mutations.sources_in(shared("data"))
    random = np.random.default_rng(1)
    mutations.write_mutations(sources, folder, 60, random)
    return folder


def videos_in(folder):
    manifest = Manifest.from_folder(folder)
    endings = [path.endswith(SOUND_ENDINGS) for path in manifest.path]
    return manifest.subset(~np.array(endings))


def lost(prepared):
    """Path -> reason of what a set could not be made of."""
    found = {}
    for row, path in enumerate(prepared.path.tolist()):
        try:
            prepared.stored_file(row)
        except MediaError as error:
            found[path] = error.reason
    return found


def reported(files, spec, cache):
    """The report of one pass, and path -> its reasons."""
    dataset = clips(files, spec, 4, cache=cache)
    for _ in dataset:
        pass
    report = dataset.report.as_dict()
    reasons = {}
    for path, entry in report["files"].items():
        # Each fault is counted once for the one clip of the file.
        assert set(entry["reasons"].values()) == {1}, path
        reasons[path] = set(entry["reasons"])
    assert report["read"] == len(files)
    assert report["delivered"] + report["skipped"] == len(files)
    return report, reasons


def counts(report):
    """All that does not depend on who says it, and in which words."""
    return {key: value for key, value in report.items() if key != "files"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "part, spec",
    [
        ("damaged", SEEN_AND_HEARD),
        ("damaged", HEARD),
        ("hostile", SEEN_AND_HEARD),
        ("hostile", HEARD),
    ],
    ids=["damaged", "damaged-sound", "hostile", "hostile-sound"],
)
def test_all_say_the_same(part, spec, damaged, shared, tmp_path):
    folder = damaged if part == "damaged" else shared("data/hostile")
    # Sound files have no clips with frames; none of them may say so twice.
    files = videos_in(folder) if spec.num_frames else None
    manifest = scan(files or Manifest.from_folder(folder), verbose=False)
    status = dict(zip(manifest.path.tolist(), manifest.facts["status"]))
    prepared = prepare(manifest, tmp_path, spec, num_workers=1, verbose=False)
    missing = lost(prepared)
    shards_report, shards = reported(prepared, spec, False)
    whole_report, whole = reported(manifest, spec, True)
    _, alone = reported(manifest, spec, False)

    for path, found in status.items():
        if found in CLOSED:
            said = missing.get(path), shards[path], whole[path], alone[path]
            assert said == (found, {found}, {found}, {found}), path
        else:
            faults = whole.get(path, set())
            assert faults <= INSIDE | {found}, path
            damage = {"corrupt", "truncated"} & faults
            apart = alone.get(path, set()) ^ faults
            assert not apart or damage and apart <= {"corrupt", "silent"}, path
    assert shards == whole
    assert counts(shards_report) == counts(whole_report)
    for path, reason in missing.items():
        assert shards[path] == {reason}, path
        entry = shards_report["files"][path]
        assert entry["message"] == whole_report["files"][path]["message"]
    assert prepared.contents()[1] == collections.Counter(missing.values())
    # Otherwise there was nothing to agree on.
    assert missing and set(status.values()) > {"ok", "unreadable"}
    assert any("corrupt" in reasons for reasons in shards.values())


def test_sound_files_have_no_clips_with_frames(damaged, tmp_path):
    manifest = Manifest.from_folder(damaged)
    sound = [path.endswith(".ogg") for path in manifest.path]
    manifest = scan(manifest.subset(sound), verbose=False)
    prepared = prepare(
        manifest, tmp_path, SEEN_AND_HEARD, num_workers=1, verbose=False
    )
    dataset = clips(manifest, SEEN_AND_HEARD, 4)
    with pytest.raises(Exception, match="0 clips could be delivered"):
        next(iter(dataset))
    found = lost(prepared)
    assert sorted(found) == manifest.path.tolist()
    assert set(found.values()) == {"no_video", "unreadable"}
    for path, entry in dataset.report.as_dict()["files"].items():
        assert set(entry["reasons"]) == {found[path]}


@pytest.mark.slow
def test_training_on_what_is_left(damaged, tmp_path):
    files = videos_in(damaged)
    prepared = prepare(
        files, tmp_path, SEEN_AND_HEARD, num_workers=1, verbose=False
    )
    dataset = clips(prepared, SEEN_AND_HEARD, 4, training=True, seed=0)
    (loss,) = mutations.train(dataset)
    assert np.isfinite(loss)
    report = dataset.report.as_dict()
    assert report["read"] == len(files)
    missing = lost(prepared)
    assert missing and report["skipped"] >= len(missing)
    for path, reason in missing.items():
        assert report["files"][path]["reasons"] == {reason: 1}, path
