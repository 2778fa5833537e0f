"""Decode files once, so that the other examples read them quickly.

    python examples/prepare.py --data=my_videos --output=prepared

Files that cannot be read are named first, and keep their rows. Run it again: an
interrupted run resumes. The shards are for clips of one size; `clips` reads
them many times as fast as the files.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

from absl import flags

from keras_av.cli.run_program import run_program
from keras_av.data import ClipSpec, Manifest, clips, prepare, scan

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos.", required=True)
flags.DEFINE_string("output", "out/prepared", "Folder for the shards.")
flags.DEFINE_integer("num_frames", 16, "Frames of a clip.")
flags.DEFINE_integer("size", 48, "Height and width of a frame, in pixels.")


def main(_):
    # What each file holds, and what is wrong with it.
    files = scan(Manifest.from_folder(FLAGS.data))
    for path, status, message in zip(
        files.path, files.facts["status"], files.facts["message"]
    ):
        if status != "ok":
            print(f"  {path}: {status}. {message}")

    # JPEG frames and 16-bit sound, for clips of this size.
    spec = ClipSpec(
        num_frames=FLAGS.num_frames, size=FLAGS.size, audio_seconds=2.0
    )
    prepared = prepare(files, FLAGS.output, spec)

    # The set is a manifest: it is split, filtered and read as one.
    batch = next(iter(clips(prepared, spec, batch_size=1)))
    shapes = {name: tuple(value.shape) for name, value in batch.items()}
    print(f"{len(prepared)} files in {prepared.folder}; a batch: {shapes}")
    print(f"In Python: PreparedSet({str(prepared.folder)!r})")


if __name__ == "__main__":
    run_program(main)
