import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import ClipSpec, Manifest, clips, prepare

SPEC = ClipSpec(num_frames=3, size=24, audio_seconds=0.25)


# Nothing of this library runs in the workers.
WORKER = """
import sys
import tensorflow as tf
served = tf.data.experimental.service
config = served.WorkerConfig(dispatcher_address=sys.argv[1])
served.WorkerServer(config).join()
"""


@pytest.fixture(scope="module")
def service():
    """A dispatcher, and two workers in processes of their own."""
    dispatcher = tf.data.experimental.service.DispatchServer()
    address = dispatcher.target.split("://")[1]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, address], stderr=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    yield dispatcher.target
    for worker in workers:
        worker.kill()
        worker.wait()


@pytest.fixture(scope="module")
def prepared(generated, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "set"
    return prepare(generated, folder, SPEC, num_workers=1, verbose=False)


def by_index(dataset):
    """The clips of an epoch in the order of their rows and moments."""
    rows = [row for row in dataset.unbatch().as_numpy_iterator()]
    return sorted(rows, key=lambda row: (row["index"], row["video"].sum()))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.slow
def test_gives_the_clips_that_are_decoded_here(prepared, service, training):
    options = dict(training=training, seed=3, repeats=2)
    here = clips(prepared, SPEC, 4, cache=False, **options)
    there = clips(prepared, SPEC, 4, service=service, **options)
    assert int(there.cardinality()) == int(here.cardinality())
    for _ in range(2):
        expected, found = by_index(here), by_index(there)
        assert len(found) == 2 * len(prepared)
        for first, second in zip(expected, found):
            assert first.keys() == second.keys()
            for name in first:
                np.testing.assert_array_equal(first[name], second[name])
    assert there.report.as_dict() == here.report.as_dict()


@pytest.mark.slow
def test_shares_of_two_pipelines(prepared, service):
    found = []
    for number in range(2):
        context = tf.distribute.InputContext(2, number)
        share = clips(prepared, SPEC, 4, service=service, input_context=context)
        found += [row["index"] for row in by_index(share)]
    assert sorted(found) == list(range(len(prepared)))


@pytest.mark.slow
def test_bad_files_are_counted_here(tmp_path, service, numbered):
    folder = tmp_path / "files"
    folder.mkdir()
    for name in "ab":
        path = folder / f"{name}.mp4"
        path.write_bytes(numbered(30).read_bytes())
    (folder / "c.mp4").write_text("no video")
    manifest = Manifest.from_folder(folder)
    made = prepare(
        manifest, tmp_path / "set", SPEC, num_workers=1, verbose=False
    )
    served = clips(made, SPEC, 1, service=service)
    assert [row["index"] for row in by_index(served)] == [0, 1]
    counts = served.report.as_dict()
    assert (counts["delivered"], counts["skipped"]) == (2, 1)
    assert list(counts["files"]) == ["c.mp4"]


@pytest.mark.slow
def test_a_model_trains_on_it(prepared, service):
    served = clips(prepared, SPEC, 8, training=True, service=service)
    assert not hasattr(served, "position")
    model = keras.Sequential(
        [
            keras.Input(SPEC.video_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(8),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    pairs = served.map(lambda batch: (batch["video"], batch["label"]))
    history = model.fit(pairs, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()


@pytest.mark.slow
def test_only_what_is_prepared_is_served(generated, prepared):
    with pytest.raises(ValueError, match="Call prepare first"):
        clips(generated, SPEC, 4, service="grpc://localhost:1")
    with pytest.raises(ValueError, match="leave cache out"):
        clips(prepared, SPEC, 4, cache=True, service="grpc://localhost:1")
