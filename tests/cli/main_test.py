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
from absl.testing import flagsaver

from keras_av.cli.main import FLAGS, main

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


def ended(capsys, monkeypatch, folder, *arguments):
    """What the command ends with and has said, without a process of its own."""
    monkeypatch.chdir(folder)
    with flagsaver.flagsaver():
        code = main(FLAGS(["keras_av", *arguments]))
    said = capsys.readouterr()
    return code, said.out, said.err


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


def test_what_is_shown(workspace, capsys, monkeypatch):
    def said(*arguments):
        code, out, _ = ended(capsys, monkeypatch, workspace, *arguments)
        assert code == 0
        return out

    assert ["//:model", "supervised", "not", "built"] in [
        line.split() for line in said("list").split("\n")
    ]
    assert "    epochs = 3,\n" in said("describe", "//:model")
    dry = said("build", "//:report", "--dry_run")
    assert dry.count("not built") == 3
    assert not (workspace / "out").exists()
    assert said("version").split("\n")[1] == f"keras {keras.__version__}"
    assert "//:model  supervised" in said("graph", "//:model")
    assert "has not been built yet" in said("why", "//:model")
    assert said("clean", "//...") == ""


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
        (["data", "check", ".", "--clips=//:adam"], "//:adam is no clip_spec"),
        (["scna", "."], "did you mean 'scan'?"),
        (["init"], "write keras_av init FOLDER"),
        (["embed", "."], "write --output=EMBEDDINGS.npz"),
        (
            ["search", ".", "--model=//:clips", "--sound=a.wav"],
            "//:clips is no model",
        ),
    ],
)
def test_mistakes_end_with_2(
    workspace, capsys, monkeypatch, arguments, message
):
    code, _, error = ended(capsys, monkeypatch, workspace, *arguments)
    assert code == 2
    assert message in error


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


def test_backends_keep_separate_outputs(workspace, capsys, monkeypatch):
    found = set()
    for backend in ("tensorflow", "jax", "torch"):
        monkeypatch.setattr("keras.backend.backend", lambda name=backend: name)
        arguments = ("describe", "//:model")
        code, out, _ = ended(capsys, monkeypatch, workspace, *arguments)
        assert code == 0
        path = out.split("# not built: ")[1].strip()
        assert f"/out/{backend}/model/" in path
        found.add(path.rpartition("/")[2])
    assert len(found) == 3
