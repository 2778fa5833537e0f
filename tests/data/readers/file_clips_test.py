import numpy as np
import tensorflow as tf

from keras_av.data import ClipReport, ClipSpec, Manifest, read_clip
from keras_av.data.clip.clip_gate import Policies
from keras_av.data.clip.clip_order import FileOrder
from keras_av.data.readers.clip_loader import ClipLoader
from keras_av.data.readers.file_clips import FileClips
from keras_av.data.readers.reading import Reading


def test_gives_each_clip_with_its_position(tmp_path, numbered):
    for name, count in (("a", 20), ("c", 32)):
        path = tmp_path / name / "clip.mp4"
        path.parent.mkdir()
        path.write_bytes(numbered(count).read_bytes())
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "bad.mp4").write_text("no video")
    manifest = Manifest.from_folder(tmp_path)
    spec = ClipSpec(num_frames=3, size=16, audio_seconds=0.25)
    order, report = FileOrder(3, repeats=2), ClipReport()
    reading = Reading(manifest, spec, order, Policies(), report)
    loader = ClipLoader(reading)
    zero = tf.constant(0, tf.int64)
    positions = tf.data.Dataset.range(1, 6)
    reader = FileClips(reading, loader)
    elements = reader.elements(zero, zero, positions, num_workers=2)
    found = list(elements.as_numpy_iterator())
    assert [int(position) for _, position, _ in found] == [1, 2, 3, 4, 5]
    assert [bool(ok) for _, _, ok in found] == [True, False, False, True, True]
    for clip, position, ok in found:
        index = clip["index"]
        assert index == position // 2 and clip["label"] == index
        if ok:
            choice = order.choice(0, int(position))
            alone = read_clip(manifest.full_path(index), spec, choice)
            np.testing.assert_array_equal(clip["video"], alone.video)
            np.testing.assert_array_equal(clip["audio"], alone.audio)
    counts = report.as_dict()
    assert (counts["delivered"], counts["skipped"]) == (3, 2)
