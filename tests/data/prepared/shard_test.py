import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import ClipSpec
from keras_av.data.plumbing.fingerprints import sha256
from keras_av.data.prepared.shard import Shard, shard_path
from keras_av.data.prepared.write_shard import (
    ShardJob,
    is_finished,
    write_shard,
)

SPEC = ClipSpec(num_frames=2, size=24, audio_seconds=0.25)


@pytest.fixture
def job(numbered, tmp_path):
    paths = (str(numbered(8)), "nowhere.mp4", str(numbered(24, sound=False)))
    return ShardJob(str(tmp_path), 3, range(5, 8), paths, (2, 0, 1), SPEC, 90)


def test_the_index_tells_where_the_records_of_a_file_are(job):
    write_shard(job)
    assert is_finished(job)
    shard = Shard.load(job.folder, job.number)
    path = str(shard_path(job.folder, job.number, "tfrecord"))
    assert shard.sha256 == sha256(path)
    records = [r.numpy() for r in tf.data.TFRecordDataset(path)]
    examples = [tf.train.Example.FromString(record) for record in records]
    rows = [e.features.feature["index"].int64_list.value[0] for e in examples]
    assert rows == [5, 7, 7, 7]
    last = shard.file(2)
    np.testing.assert_array_equal(last.first_frames, [0, 8, 16, 24])
    np.testing.assert_array_equal(
        np.diff(last.offsets), [len(record) + 16 for record in records[1:]]
    )
    assert last.offsets[-1] == shard.num_bytes
    assert last.extent.sound_end is None
    assert shard.file(0).extent_for(SPEC).sound_end is not None
    assert shard.file(0).extent_for(ClipSpec(audio_seconds=0)).sound_end is None


def test_a_file_that_cannot_be_read_keeps_its_place(job):
    write_shard(job)
    shard = Shard.load(job.folder, job.number)
    assert [f and f.reason for f in map(shard.fault, range(3))] == [
        None,
        "missing",
        None,
    ]


@pytest.mark.parametrize("kind", ["tfrecord", "npz"])
def test_a_torn_shard_is_not_finished(job, kind):
    write_shard(job)
    path = shard_path(job.folder, job.number, kind)
    path.write_bytes(path.read_bytes()[:-1])
    assert not is_finished(job)


class Payload:
    """Would leave a file behind if it were unpickled."""

    def __init__(self, target):
        self.target = str(target)

    def __reduce__(self):
        return open, (self.target, "w")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"reason": None}, "lacks ..reason"),
        ({"offsets": np.zeros(2, np.int64)}, "'offsets' has the shape"),
        ({"extent": np.zeros(3)}, "'extent' has the shape"),
        ({"num_frames": np.array([-1, 0, 1])}, "does not hold counts"),
        ({"num_records": np.ones(3)}, "does not hold counts"),
        ({"message": "payload"}, "Object arrays cannot be loaded"),
    ],
)
def test_a_malformed_index_is_told(job, tmp_path, changes, message):
    write_shard(job)
    path = shard_path(job.folder, job.number, "npz")
    columns = {**Shard.load(job.folder, job.number).columns, **changes}
    if "message" in changes:
        columns["message"] = np.array([Payload(tmp_path / "x")] * 3)
    columns = {name: c for name, c in columns.items() if c is not None}
    np.savez(path, **columns)
    with pytest.raises(ValueError, match=message) as error:
        Shard.load(job.folder, job.number)
    assert f"The index {str(path)!r} is damaged" in str(error.value)
    assert "Call prepare again" in str(error.value)
    assert not (tmp_path / "x").exists()
    assert not is_finished(job)
