import importlib.util
import os
import pathlib
import random
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from keras_av.data import BeamWorkers, ClipSpec, encode_files, prepare, scan
from keras_av.data.plumbing.beam_workers import local_options
from keras_av.evaluation import FeatureWriter
from tests.data.plumbing.beam_script import SPEC, files

# Beam leaves files of its own open.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
ROOT = pathlib.Path(__file__).resolve().parents[3]
# Beam has an environment of its own.
with_beam = pytest.mark.skipif(
    os.environ.get("KERAS_AV_BEAM") != "1", reason="KERAS_AV_BEAM is not 1"
)


def in_memory():
    options = [local_options()[0], "--direct_running_mode=in_memory"]
    return BeamWorkers(options)


def test_options_are_a_list():
    with pytest.raises(ValueError, match="sequence of strings.*Write .'--run"):
        BeamWorkers("--runner=DirectRunner")


@pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is not None, reason="Beam"
)
def test_a_missing_package_is_named():
    with pytest.raises(ImportError, match=r"pip install 'keras_av\[beam\]'"):
        list(BeamWorkers().run(len, ["a"]))


@with_beam
def test_results_of_a_pipeline_have_the_numbers_of_their_jobs(tmp_path):
    jobs = ["a", "bc\u2028", "def"] * 5
    workers = BeamWorkers(in_memory().options, tmp_path)
    assert dict(workers.run(str.upper, jobs)) == {
        number: job.upper() for number, job in enumerate(jobs)
    }
    assert not list(tmp_path.iterdir())
    assert list(workers.run(len, [])) == []


@with_beam
def test_what_a_job_raises_ends_the_pipeline():
    with pytest.raises(Exception, match="invalid literal"):
        list(in_memory().run(int, ["1", "x"]))


@with_beam
def test_facts_are_those_of_a_local_scan():
    table = files().subset(range(40))
    one, two = (
        scan(table, num_workers=workers, verbose=False).facts
        for workers in (1, in_memory())
    )
    assert sorted(one) == sorted(two)
    for name in one:
        assert one[name].dtype == two[name].dtype
        np.testing.assert_array_equal(one[name], two[name])


@with_beam
def test_shards_are_those_of_local_processes(tmp_path):
    table = files().subset(range(80))
    for name, workers in (("one", 1), ("two", in_memory())):
        prepare(table, tmp_path / name, SPEC, num_workers=workers)
    one, two = (
        (tmp_path / name / "SHA256SUMS").read_text() for name in ("one", "two")
    )
    assert one == two and one.count("shard-") == 6


@with_beam
def test_features_are_those_of_local_processes(tmp_path):
    video = keras.Input((1, 16, 16, 3), name="video")
    hidden = keras.layers.Conv3D(4, (1, 3, 3))(video)
    mean = keras.layers.GlobalAveragePooling3D()(hidden)
    keras.Model({"video": video}, mean).save(tmp_path / "model.keras")
    spec = ClipSpec(num_frames=1, size=16, audio_seconds=0)
    for name, workers in (("one", 1), ("two", in_memory())):
        rows = encode_files(
            FeatureWriter(tmp_path / "model.keras"),
            files().subset(range(40)),
            spec,
            0.5,
            8,
            tmp_path / name,
            num_workers=workers,
        )
        assert rows == list(range(40))
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@with_beam
@pytest.mark.slow
def test_a_killed_pipeline_leaves_what_the_next_one_finishes(tmp_path):
    prepare(files(), tmp_path / "one", SPEC, num_workers=1)
    folder = tmp_path / "two"
    command = [sys.executable, "-m", "tests.data.plumbing.beam_script"]
    for seed in range(4):
        process = subprocess.Popen([*command, str(folder)], cwd=ROOT)
        time.sleep(random.Random(seed).uniform(8, 30))
        process.kill()
        process.wait()
    subprocess.run([*command, str(folder)], cwd=ROOT, check=True)
    assert (folder / "SHA256SUMS").read_text() == (
        tmp_path / "one" / "SHA256SUMS"
    ).read_text()
    assert not list(folder.glob("*.aside"))
