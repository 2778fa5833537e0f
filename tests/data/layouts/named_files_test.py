import pathlib
import re

import numpy as np

from keras_av.data import ClipSpec, Manifest, clips
from keras_av.data.layouts.named_files import Row, by_name

TABLE = "label,youtube_id,time_start,time_end,split\n"


def test_real_files_in_these_layouts(shared, tmp_path):
    """Real clips under the names that they have in their sets."""
    found = sorted(pathlib.Path(shared("data/clips")).iterdir())
    real = [p for p in found if p.suffix in (".mp4", ".avi")]
    (tmp_path / "annotations").mkdir()
    table = TABLE
    for number, path in enumerate(real[:4]):
        name = f"clip{number:07d}"
        target = tmp_path / "train" / f"{name}_000003_000013{path.suffix}"
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(path)
        table += f"class {number % 2},{name},3,13,train\n"
    (tmp_path / "annotations" / "train.csv").write_text(table)
    manifest = Manifest.from_kinetics(tmp_path)
    spec = ClipSpec(num_frames=2, size=32, audio_seconds=0.25)
    batch = next(iter(clips(manifest, spec, 4)))
    np.testing.assert_array_equal(batch["index"], range(4))
    assert sorted(batch["label"].numpy().tolist()) == [0, 0, 1, 1]


def test_only_files_of_the_table_are_found(tmp_path):
    for name in ("a_1.mp4", "b_2.mp4", "notes.mp4", "a_1.txt"):
        (tmp_path / name).write_bytes(b"")
    row = Row("class", "train", "group")
    pattern = re.compile("(.)_[0-9]")
    found = by_name(tmp_path, {"a": row}, pattern, lambda match: match[1])
    assert found == {"a_1.mp4": row}
