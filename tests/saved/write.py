"""The script that wrote `before.zip`, as commit deb45f3 ran it.

    PYTHONPATH=. KERAS_BACKEND=tensorflow python tests/saved/write.py FOLDER

Its options have the names of that time, so that only that code can run it.
"""

import pathlib
import sys

import keras
import numpy as np

from keras_av import methods
from keras_av.layers import FusionMLP, MemoryBank, ProjectionHead
from keras_av.models import ImageAudioEncoder, ResNet3DBackbone

NUM_CLIPS = 8


def tower(dim, units, name, normalize=True):
    between = [keras.layers.BatchNormalization()] if normalize else []
    return keras.Sequential(
        [
            keras.Input((dim,)),
            keras.layers.Dense(4, name="hidden"),
            *between,
            keras.layers.ReLU(),
            keras.layers.Dense(units, name="last"),
        ],
        name=name,
    )


def batch():
    rng = np.random.default_rng(0)

    def draw(*shape):
        return rng.normal(size=(NUM_CLIPS, *shape)).astype("float32")

    return {
        "video": draw(5),
        "audio": draw(6),
        "image": draw(5),
        "index": np.arange(NUM_CLIPS, dtype="int32"),
        "label": np.array([0, 1, 2, -1, 0, 1, 2, 0], "int32"),
        "has_audio": np.arange(NUM_CLIPS) % 4 != 1,
        "sample_weight": rng.uniform(0.5, 2, NUM_CLIPS).astype("float32"),
        "teacher_descriptor": draw(4),
        "teacher_logits": draw(3),
        "teacher_image": draw(4),
        "teacher_audio": draw(4),
        "image_features": draw(6, 4),
        "audio_features": draw(6, 4),
        "mask": np.arange(6)[None] < 3 + np.arange(NUM_CLIPS)[:, None] % 4,
    }


def teacher():
    return tower(6, 3, "teacher")


def models():
    towers = tower(5, 4, "see"), tower(6, 4, "hear")
    bank = MemoryBank(NUM_CLIPS, 4, num_negatives=3)
    head = ProjectionHead(4)
    fusion = FusionMLP(4, 5)
    yield methods.Supervised(
        tower(6, 3, "classifier"),
        "audio",
        label_smoothing=0.1,
        mixup_alpha=0.2,
        class_weights=[1.0, 2.0, 0.5],
        seed=1,
        name="supervised",
    )
    yield methods.CrossModalContrastive(
        *towers,
        head=head,
        bank=bank,
        temperature=0.2,
        loss_weights={"in_batch": 0.5, "video_cross": 2.0},
        direction_reduction="sum",
        seed=2,
        name="cross_modal_contrastive",
    )
    yield methods.SSCL(*towers, head=head, bank=bank, seed=3, name="sscl")
    yield methods.CompositionalContrastive(
        tower(5, 4, "student"),
        3,
        {"image": None, "audio": None},
        temperatures={"image": 0.3},
        weight=0.7,
        convex_lambda=0.4,
        pairs=["video_composition", "composition_teacher"],
        symmetric=False,
        logit_divergence="jsd",
        seed=4,
        name="compositional_contrastive",
    )
    yield methods.HintDistillation(
        tower(5, 3, "student"),
        teacher(),
        [
            methods.Hint("hidden", "hidden", match="linear"),
            methods.Hint("last", "last", "similarity", 0.5),
            methods.Hint(
                "last", "hidden", keras.losses.MeanSquaredError(), 0.2, "linear"
            ),
        ],
        label_weight=0.1,
        kd_weight=0.9,
        temperature=3.0,
        teacher_key="audio",
        name="hint_distillation",
    )
    yield methods.ListenToLook(
        ImageAudioEncoder(tower(5, 4, "look"), tower(6, 4, "listen"), fusion),
        num_classes=3,
        kl_weight=2.0,
        l1_weight=0.3,
        label_weight=1.5,
        l1_reduction="mean",
        kl_form="kl",
        temperature=2.0,
        name="listen_to_look",
    )
    yield methods.Skimming(
        3,
        4,
        hidden_units=5,
        key_units=3,
        num_steps=3,
        output="both",
        mask_selected=True,
        interpolate=2,
        confidence=0.9,
        seed=5,
        name="skimming",
    )
    yield methods.SelectedClips(
        3, 4, selection="uniform", num_steps=2, seed=6, name="selected_clips"
    )


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    data = batch()
    np.savez_compressed(folder / "batch.npz", **data)
    keras.utils.set_random_seed(7)
    backbone = ResNet3DBackbone(10, 1, input_shape=(2, 8, 8, 3))
    backbone.save_to_preset(folder / "preset")
    clips = np.linspace(0, 1, 768, dtype="float32").reshape(2, 2, 8, 8, 3)
    outputs = backbone.predict(clips, verbose=0)
    np.savez_compressed(folder / "preset.npz", clips=clips, outputs=outputs)
    for model in models():
        keras.utils.set_random_seed(7)
        if model.name == "hint_distillation":
            keras.saving.save_model(teacher(), folder / "teacher.keras")
        optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
        model.compile(optimizer, run_eagerly=True)
        model.fit(data, batch_size=4, epochs=2, verbose=0)
        model.save(folder / f"{model.name}.keras")
        read = keras.saving.load_model(folder / f"{model.name}.keras")
        if model.name == "hint_distillation":
            network = keras.saving.load_model(folder / "teacher.keras")
            read.set_teacher(network)
            read.compile(optimizer, run_eagerly=True)
        # What a memory bank draws at random has no part in validation.
        found = read.predict(data, batch_size=NUM_CLIPS, verbose=0)
        found = found if isinstance(found, dict) else {"outputs": found}
        losses = read.evaluate(
            data, batch_size=NUM_CLIPS, return_dict=True, verbose=0
        )
        np.savez_compressed(
            folder / f"{model.name}.npz",
            **{f"predict/{name}": value for name, value in found.items()},
            **{f"evaluate/{name}": value for name, value in losses.items()},
        )


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
