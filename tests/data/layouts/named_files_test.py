import pathlib

import numpy as np

from keras_av.data import ClipSpec, Manifest, clips

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
