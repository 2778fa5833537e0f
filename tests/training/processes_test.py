"""Several processes of PyTorch compute what one computes."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_av.data import generated_set

if keras.backend.backend() != "torch":
    pytest.skip("torch.distributed is PyTorch's", allow_module_level=True)

import torch

from keras_av.training import torch_alike, torch_batches
from tests.training import processes, toy

pytestmark = pytest.mark.backend
ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "pages" / "guides" / "many_devices.md"

CASES = [
    "in_batch",
    "probed",
    "rows",
    "binary",
    "sscl",
    "agreement",
    "separation",
    "moco",
    "instances",
    "distillation",
    "classification",
    "composition",
    "composition,leak",
    "hints",
    "skimming",
    "normalized",
    "last_of_one",
    "arrays",
    "own_draws",
    "own_draws,all",
    "shares",
]


def told(count, port):
    return {
        "WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }


def free_port():
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return str(opened.getsockname()[1])


def start(rank, environment, *arguments):
    module = "tests.training.processes"
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment, "RANK": str(rank)},
        stderr=subprocess.PIPE,
        text=True,
    )


def ends(runs):
    """Exit codes and last words of processes."""
    try:
        errors = [run.communicate(timeout=300)[1][-3000:] for run in runs]
    finally:
        for run in runs:
            run.kill()
            run.wait()
    return [run.returncode for run in runs], errors


def launch(count, *arguments):
    """Exit codes and last words of so many processes."""
    environment = told(count, free_port())
    return ends([start(n, environment, *arguments) for n in range(count)])


def train(count, *arguments):
    codes, errors = launch(count, *arguments)
    assert codes == [0] * count, "\n".join(errors)


def found(folder, count, name):
    """What each process left of a case."""
    paths = [folder / f"{name}.{rank}.npz" for rank in range(count)]
    return [dict(np.load(path)) for path in paths]


def assert_same(one, two, name):
    """To the bit, logs of the epochs that both have included."""
    for key, value in one.items():
        other = two[key]
        if key.startswith("log "):
            value = value[-len(other) :]
        np.testing.assert_array_equal(value, other, f"{name}: {key}")


def assert_alike(folder, count, name):
    """All processes hold the same, and what one has computed by itself."""
    first, *others = found(folder, count, name)
    for other in others:
        assert_same(first, other, name)
    expected = processes.run(name, folder)
    assert expected.keys() == first.keys() and len(expected) > 5
    for key, value in expected.items():
        logged = key.startswith("log ")
        tolerance = {"rtol": 1e-5} if logged else {"atol": 2e-6}
        np.testing.assert_allclose(
            first[key], value, err_msg=f"{name}: {key}", **tolerance
        )


@pytest.fixture
def folder(tmp_path):
    manifest = generated_set(tmp_path / "cache", 16, 8)
    shutil.copytree(manifest.root, tmp_path / "files")
    return tmp_path


def videos(folder):
    return sorted((folder / "files").rglob("*.mp4"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="gloo is for CPUs")
def test_two_processes_equal_one(tmp_path, monkeypatch):
    # To start one takes most of the time; the other is this one.
    cases = "rows", "sscl", "hints"
    environment = told(2, free_port())
    run = start(1, environment, tmp_path, *cases)
    with monkeypatch.context() as patch:
        for name, value in {**environment, "RANK": "0"}.items():
            patch.setenv(name, value)
        try:
            processes.main(tmp_path, *cases)
        finally:
            (code,), (errors,) = ends([run])
    assert code == 0, errors
    for name in cases:
        assert_alike(tmp_path, 2, name)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3, 4])
def test_processes_equal_one(folder, count):
    # The processes have different numbers of clips.
    videos(folder)[0].unlink()
    cases = [*CASES, "files"]
    train(count, folder, *cases)
    for name in cases:
        assert_alike(folder, count, name)
    logs = [(folder / f"log{n}.csv").read_text() for n in (1, count)]
    assert logs[0].splitlines()[0] == logs[1].splitlines()[0]
    assert len(logs[0].splitlines()) == len(logs[1].splitlines()) == 4


@pytest.mark.slow
def test_processes_agree_where_they_do_not_equal_one(folder):
    for path in videos(folder)[:5]:
        path.write_bytes(path.read_bytes()[:200])
    cases = "files", "drifting", "overflow"
    train(3, folder, *cases)
    for name in cases:
        first, *others = found(folder, 3, name)
        for other in others:
            assert_same(first, other, name)
    # The step of the overflow was left out by all.
    for key, value in processes.run("overflow", folder).items():
        if not key.startswith("log "):
            np.testing.assert_allclose(first[key], value, atol=1e-4)


def backups(folder, rank):
    """The older and the newer one of a process."""
    kept = (folder / "backups" / str(rank)).iterdir()
    return sorted(kept, key=lambda f: [int(n) for n in f.name.split("-")])


@pytest.mark.slow
def test_whoever_is_killed_the_run_ends_alike(folder):
    train(2, folder, "resumable")
    whole = found(folder, 2, "resumable")
    for victim, moment in enumerate(("0:1:1", "1:2:4")):
        codes, errors = launch(2, folder, f"resumable,backups,{moment}")
        assert codes[victim] == -signal.SIGKILL
        # The other one notices, and does not end as if it had finished.
        assert codes[1 - victim] == 1, errors
        assert [len(backups(folder, rank)) for rank in range(2)] == [2, 2]
    # As if one had been killed after the other had saved.
    shutil.rmtree(backups(folder, 1)[-1])
    copy = shutil.copytree(folder / "backups", folder / "copy")
    train(2, folder, "resumable,backups")
    for one, two in zip(whole, found(folder, 2, "resumable,backups")):
        assert_same(one, two, "resumed")
    assert not list((folder / "backups").iterdir())

    # They have none in common: neither trains, and both say so.
    (folder / "backups").rmdir()
    copy.rename(folder / "backups")
    shutil.rmtree(backups(folder, 0)[0])
    codes, errors = launch(2, folder, "resumable,backups")
    assert codes == [1, 1]
    for error in errors:
        assert "OSError: The 2 workers have no backup in common" in error


@pytest.mark.slow
@pytest.mark.parametrize(
    "case, message",
    [
        ("other_batches", "must be given the same one"),
        ("other_model", "Every process must make the same model"),
        ("other_weights", "hold different values of"),
        ("one_folder", "a folder for itself"),
    ],
)
def test_refuses_by_name(folder, case, message):
    codes, errors = launch(2, folder, case)
    assert codes == [1, 1]
    for error in errors:
        assert message in error.replace("\n", " ")


@pytest.mark.slow
def test_the_page_alone(tmp_path):
    (code,) = re.findall(
        r'^```python title="train.py"\n(.*?)^```', PAGE.read_text(), re.S | re.M
    )
    (line,) = re.findall(
        r"^ +KERAS_BACKEND=torch torchrun (--nproc\S* .*)$",
        PAGE.read_text(),
        re.M,
    )
    (tmp_path / "train.py").write_text(code)
    subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *line.split()],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "CUDA_VISIBLE_DEVICES": "",
        },
        check=True,
    )
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["backup", "log.csv", "train.py", "trained.weights.h5"]
    assert not list((tmp_path / "backup").iterdir())
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3


def others(monkeypatch, module, change):
    """Another process that gathers something else."""
    monkeypatch.setattr(
        module, "gather_workers", lambda x: np.stack([change(x), x])
    )


def test_other_models_are_refused(monkeypatch):
    model = toy.model(bank=False)
    model.compile("sgd")
    others(monkeypatch, torch_alike, lambda x: x + 1)
    monkeypatch.setattr(torch_alike, "worker_number", lambda: 1)
    with pytest.raises(ValueError, match="process 1, of other shapes"):
        torch_alike.start_alike(model)


def test_weights_that_differ_are_named(monkeypatch):
    model = toy.model(bank=False)
    others(monkeypatch, torch_alike, lambda x: x)
    torch_alike.check_alike(model)
    before = [v for v in model.variables]

    def change(x):
        x = x.copy()
        x[3] += 1
        return x

    others(monkeypatch, torch_alike, change)
    with pytest.raises(RuntimeError, match=f"1 variables, .* {before[3].path}"):
        torch_alike.check_alike(model)


def test_a_change_of_one_weight_is_seen(monkeypatch):
    sums = []
    monkeypatch.setattr(
        torch_alike, "gather_workers", lambda x: sums.append(x) or x[None]
    )
    model = toy.model()
    torch_alike.check_alike(model)
    rows = model.video_bank.rows
    values = keras.ops.convert_to_numpy(rows).copy()
    values[3, 5] = np.nextafter(values[3, 5], np.float32(1))
    rows.assign(values)
    torch_alike.check_alike(model)
    assert (sums[0] != sums[1]).sum() == 1


def test_batches_that_differ_are_refused(monkeypatch):
    batch = {"x": torch.arange(10.0), "y": torch.zeros((10, 3))}
    assert torch_batches.own_part(batch, batch) is batch
    monkeypatch.setattr(torch_batches, "num_workers", lambda: 2)
    monkeypatch.setattr(torch_batches, "worker_number", lambda: 1)
    others(monkeypatch, torch_batches, lambda x: x)
    own = torch_batches.own_part(batch, batch)
    assert own["x"].tolist() == [1, 3, 5, 7, 9] and own["y"].shape == (5, 3)
    share = torch_batches.Share(batch)
    assert torch_batches.own_part(share, batch) is batch
    last = {**batch, "x": torch.arange(10.0) + 1}
    gathered = torch_batches._print_of(last)
    others(monkeypatch, torch_batches, lambda x: gathered)
    with pytest.raises(ValueError, match="batches that differ between"):
        torch_batches.own_part(batch, batch)


def test_warns_of_statistics_of_a_process():
    with pytest.warns(UserWarning, match=r"layers \['batch_norm.*'\] norm"):
        torch_alike.warn_of_drift(toy.model())
