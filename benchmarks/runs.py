"""Runs of an example, one for each seed."""

import json
import pathlib
import subprocess
import sys

from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 3, "Number of runs.", lower_bound=2)
flags.DEFINE_string("scale", "small", "Passed on to the example.")

_EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"


def tables(example: str) -> list[dict[str, dict[str, float]]]:
    """The table of each run; what an earlier call has run is only read."""
    return [_table(_EXAMPLES / example, seed) for seed in range(FLAGS.seeds)]


def _table(example: pathlib.Path, seed: int) -> dict[str, dict[str, float]]:
    folder = pathlib.Path(FLAGS.output) / f"{FLAGS.scale}_{seed}"
    table = folder / "table.json"
    if not table.exists():
        flags_ = (f"--seed={seed}", f"--output={folder}")
        command = [sys.executable, str(example), *flags_]
        subprocess.run([*command, f"--scale={FLAGS.scale}"], check=True)
    return json.loads(table.read_text())
