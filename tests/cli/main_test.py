"""The command, as it is typed."""

import os
import random
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

COMMAND = [sys.executable, "-m", "keras_av.cli.main"]


def run(*arguments, folder, backend="tensorflow"):
    environment = {**os.environ, "KERAS_BACKEND": backend}
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def states(text):
    return [line.split("]")[0].split()[-1] for line in text if line[:1] == "["]


def weights(folder, out="out"):
    path = folder / out / "tensorflow" / "model" / "latest"
    model = keras.saving.load_model(path / "classifier.keras")
    return model.get_weights()


@pytest.mark.slow
def test_a_workspace_of_ones_own(workspace):
    """Builds once, then not again, then what a change asks for."""
    first = run("build", "//:report", folder=workspace)
    assert first.returncode == 0, first.stderr
    assert first.stdout.count(" build] ") == 3
    assert "supervised      chance" in first.stdout
    table = workspace / "out/tensorflow/report/latest/table.txt"
    assert "top_1" in table.read_text()

    again = run("build", "//:report", folder=workspace)
    assert again.stdout.count(" cached] ") == 3
    assert again.stdout.count(" build] ") == 0

    text = (workspace / "BUILD").read_text()
    text += '\nload("//:own_rules.py", "dense_encoder")\n'
    text += 'dense_encoder(name = "own", units = 8)\n'
    (workspace / "BUILD").write_text(text)
    own = run(
        "build", "//:model", "--set=//:model.encoder=:own", folder=workspace
    )
    assert own.returncode == 0, own.stderr
    assert own.stdout.count(" build] ") == 1
    model = keras.saving.load_model(
        workspace / "out/tensorflow/model/latest/video_backbone.keras"
    )
    assert model.output_shape == (None, 8)


def test_what_is_shown(workspace):
    listed = run("list", folder=workspace)
    assert listed.returncode == 0
    assert ["//:model", "supervised", "not", "built"] in [
        line.split() for line in listed.stdout.split("\n")
    ]
    described = run("describe", "//:model", folder=workspace)
    assert "    epochs = 3,\n" in described.stdout
    dry = run("build", "//:report", "--dry_run", folder=workspace)
    assert dry.stdout.count("not built") == 3
    assert not (workspace / "out").exists()
    versions = run("version", folder=workspace).stdout.split("\n")
    assert versions[1] == f"keras {keras.__version__}"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ["bulid", "//:x"],
            "there is no command 'bulid'; did you mean 'build'",
        ),
        (["build"], "name a target, such as"),
        (
            ["build", "//:modle"],
            "no target 'modle' in //; did you mean ':model'",
        ),
        (["build", "//:model", "--set=//:model.epoch=1"], "'epochs'?"),
        (["build", "//:model", "--set=//:clips.size=1.5"], "expected int"),
        (
            ["build", "//:model", "--set=//:model.batch_size=9"],
            "batch_size must",
        ),
        (["data", "chek", "."], "write keras_av data check FOLDER"),
    ],
)
def test_mistakes_end_with_2(workspace, arguments, message):
    found = run(*arguments, folder=workspace)
    assert found.returncode == 2
    assert message in found.stderr
    assert "Traceback" not in found.stderr


def test_a_mistake_of_an_option_is_told(workspace):
    found = run("build", "//:model", "--keepgoing", folder=workspace)
    assert found.returncode != 0 and "keep_going" in found.stderr


def test_help():
    found = run("--help", folder=".")
    assert "keras_av build LABEL..." in found.stdout
    assert "--[no]keep_going" in found.stdout


@pytest.mark.slow
def test_a_build_that_is_killed_ends_with_the_same_weights(workspace):
    """Killed at random moments, and at last left alone."""
    whole = run("build", "//:model", "--out=whole", folder=workspace)
    assert whole.returncode == 0, whole.stderr
    rng, seconds, resumed = random.Random(0), [], 0
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    for _ in range(4):
        process = subprocess.Popen(
            [*COMMAND, "build", "//:model"],
            cwd=workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        # From the first sign of the training on.
        for line in process.stdout:
            if "epoch " in line or " build] " in line or " resume] " in line:
                resumed += " resume] " in line
                break
        time.sleep(rng.uniform(0.0, 4.0))
        seconds.append(process.poll())
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    last = run("build", "//:model", folder=workspace)
    assert last.returncode == 0, last.stderr
    assert resumed or " resume] " in last.stdout
    expected, found = weights(workspace, "whole"), weights(workspace)
    assert len(expected) == len(found) > 4
    for one, other in zip(expected, found):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_backends_keep_separate_outputs(workspace):
    for backend in ("tensorflow", "torch"):
        found = run("list", "//:model", folder=workspace, backend=backend)
        assert found.returncode == 0, found.stderr
    keys = {
        run("describe", "//:model", folder=workspace, backend=b).stdout.split(
            "# key: "
        )[1]
        for b in ("tensorflow", "torch")
    }
    assert len(keys) == 2
