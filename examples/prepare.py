"""Decode files once, so that the other examples read them quickly.

    python examples/prepare.py --data=my_videos --output=prepared
    python examples/sscl.py --data=prepared

Files that cannot be read are named first, and keep their rows. The command may
be killed and called again. The shards are for clips of one --scale.
"""

from absl import app
from common import FLAGS, load_dataset, output_folder, scale

from keras_av.data import prepare, scan


def main(_: list[str]) -> None:
    """Look at all files, then decode them."""
    files = scan(load_dataset().files)
    for path, status, message in zip(
        files.path, files.facts["status"], files.facts["message"]
    ):
        if status != "ok":
            print(f"  {path}: {status}. {message}")
    prepared = prepare(files, output_folder("prepared"), scale().spec)
    print(f"Read it with --data={prepared.folder} --scale={FLAGS.scale}")


if __name__ == "__main__":
    app.run(main)
