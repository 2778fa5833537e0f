"""How long commands take, and examples until their first step is done.

    python benchmarks/start.py
    KERAS_BACKEND=jax python benchmarks/start.py --turns=1

Each runs in a new process, without a compilation cache. Printed is processor
time in seconds, that of child processes included, the least of some turns: of
commands that read BUILD files, with the ratio to that of a bare Python; and of
examples, until the end of the first step of their first `fit`.
"""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile

from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_integer("turns", 3, "Of which the least is printed.")
flags.DEFINE_multi_string(
    "example",
    ["sscl", "contrastive", "ccl", "listen_to_look"],
    "Name of an example.",
)

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_TARGET = "//configs/sscl:report"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "keras_av --help": ["-m", "keras_av.cli.main", "--help"],
    "keras_av version": ["-m", "keras_av.cli.main", "version"],
    **{
        f"keras_av {name}": ["-m", "keras_av.cli.main", name, _TARGET]
        for name in ("list", "graph", "describe", "why")
    },
}
# Runs an example, and ends it after its first step.
_FIRST_STEP = """
import functools, resource, runpy, sys
import keras

class Stop(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise SystemExit(f"first step: {seconds()}")

def seconds():
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)

original = keras.Model.fit

@functools.wraps(original)
def fit(self, *args, callbacks=(), **kwargs):
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.append(Stop())
    else:
        callbacks = [*(callbacks or ()), Stop()]
    return original(self, *args, callbacks=callbacks, **kwargs)

keras.Model.fit = fit
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def main(_):
    """Measure commands, then examples."""
    bare = None
    for name, arguments in COMMANDS.items():
        used = least(lambda a=arguments: command(a))
        bare = bare or used
        print(f"{name:24} {used:7.2f} s {used / bare:7.1f}", flush=True)
    for name in FLAGS.example:
        used = least(lambda name=name: first_step(name))
        print(f"examples/{name + '.py':15} {used:7.2f} s", flush=True)


def least(measure):
    """The least of some turns."""
    return min(measure() for _ in range(FLAGS.turns))


def command(arguments):
    """Processor time of a Python process and its children, in seconds."""
    before = _of_children()
    subprocess.run(
        [sys.executable, *arguments],
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return _of_children() - before


def first_step(name):
    """Processor time until the first step of an example, in seconds."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    for variable in [*environment]:
        if "COMPILATION_CACHE" in variable:
            del environment[variable]
    with tempfile.TemporaryDirectory() as folder:
        found = subprocess.run(
            [
                *[sys.executable, "-c", _FIRST_STEP],
                str(_ROOT / "examples" / f"{name}.py"),
                *["--scale=smoke", f"--output={folder}"],
            ],
            env=environment,
            capture_output=True,
            text=True,
        )
    line = found.stderr.strip().rpartition("\n")[2]
    if not line.startswith("first step: "):
        raise RuntimeError(found.stderr)
    return float(line.removeprefix("first step: "))


def _of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    app.run(main)
