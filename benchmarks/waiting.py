"""What share of a training step is spent waiting for clips.

    python benchmarks/waiting.py
    python benchmarks/waiting.py --data=FOLDER

The networks, methods and clips are those of the examples. Of each it prints
the milliseconds of a step and the share of them in which the next batch was
waited for: of files, of prepared shards, as the examples read them, and of what
is kept in memory, as where all of it fits after the first epoch.
"""

import tempfile
import time

import keras
from absl import app, flags
from settings import make_encoder, sizes, train_files

from keras_av.data import clips, prepare
from keras_av.layers import FusionMLP, MemoryBank
from keras_av.methods import (
    SSCL,
    CompositionalContrastive,
    CrossModalContrastive,
    Hint,
    HintDistillation,
    ListenToLook,
    Supervised,
)
from keras_av.models import (
    ImageAudioEncoder,
    listen_to_look_audio,
    listen_to_look_image,
    with_descriptor,
)

FLAGS = flags.FLAGS
flags.DEFINE_integer("steps", 20, "Steps to measure, after two others.")


def main(_):
    """Measure every method on every kind of input."""
    train = train_files()
    models = dict(methods(train))
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(train, folder, sizes()[0], verbose=False)
        inputs = {
            "files": make(train, cache=False),
            "prepared": make(prepared, cache=False),
            "in memory": make(train, cache=True),
        }
        # Each file is decoded once before it is kept.
        for _ in inputs["in memory"]:
            pass
        print(f"{'':28}" + "".join(f"{name:>20}" for name in inputs))
        for name, model in models.items():
            cells = [measure(model, dataset) for dataset in inputs.values()]
            texts = [f"{1e3 * t:9.0f} ms {share:6.1%}" for t, share in cells]
            print(f"{name:28}" + "".join(f"{t:>20}" for t in texts), flush=True)


def make(files, cache):
    """Clips as the examples train on them."""
    return clips(
        files,
        sizes()[0],
        min(sizes()[2], len(files) // 2),
        training=True,
        seed=FLAGS.seed,
        cache=cache,
    )


def measure(model, dataset):
    """Seconds of a step, and the share that is waiting."""
    batches = iter(dataset.repeat())
    waited = 0.0
    for step in range(FLAGS.steps + 2):
        if step == 2:
            start, waited = time.perf_counter(), 0.0
        before = time.perf_counter()
        batch = next(batches)
        waited += time.perf_counter() - before
        # It returns numbers, and so not before the step is done.
        model.train_on_batch(batch)
    seconds = time.perf_counter() - start
    return seconds / FLAGS.steps, waited / seconds


def methods(files):
    """Each example's method, compiled."""
    dense, num_classes = keras.layers.Dense, files.num_classes
    video = make_encoder("video", files)
    audio = make_encoder("audio", files)
    bank = MemoryBank(len(files), dim=128, num_negatives=128)
    yield compiled("contrastive.py", CrossModalContrastive(video, audio))
    yield compiled("sscl.py", SSCL(video, audio, bank=bank))
    teacher = keras.Sequential([video, dense(num_classes)])
    yield compiled("listen_to_look.py, teacher", Supervised(teacher))
    spec, width, _ = sizes()
    look = listen_to_look_image(spec.height_width[0], 10, width)
    listen = listen_to_look_audio(spec.num_samples, depth=10, width=width)
    student = ImageAudioEncoder(look, listen, FusionMLP(8 * width))
    pupil = ListenToLook(student, with_descriptor(teacher), kl_weight=100.0)
    yield compiled("listen_to_look.py, student", pupil)
    composed = CompositionalContrastive(
        make_encoder("video", files), num_classes, {"audio": audio}
    )
    yield compiled("ccl.py, CCL-A", composed)
    small = keras.Sequential([make_encoder("video", files), dense(num_classes)])
    hints = [Hint("stage3", "stage3")]
    distilled = HintDistillation(small, teacher, hints)
    yield compiled("hints.py", distilled)


def compiled(name, model):
    """Ready to train."""
    model.compile("adam")
    return name, model


if __name__ == "__main__":
    app.run(main)
