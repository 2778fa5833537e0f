"""Align sound with what is said of it, and find each by the other.

    python examples/transcripts.py                # generated videos
    python examples/transcripts.py --data=FOLDER  # talk.mp4, talk.en.vtt ...

The run ends with a table of how often a sentence that was not trained on finds
its sound, and a sound its sentence, beside chance and beside a bag of words in
place of words in order, and leaves in --output the methods, backbones and logs.
Run it again: an interrupted run resumes, a finished one is not repeated.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib

import keras
import numpy as np
from absl import flags

from keras_av.callbacks import Backup, EpochLog
from keras_av.cli.run_program import run_program
from keras_av.data import (
    ClipSpec,
    Manifest,
    Transcripts,
    clips,
    generated_transcripts,
    prepare,
)
from keras_av.evaluation import embed_pairs
from keras_av.layers import LogMelSpectrogram, log_mel_statistics
from keras_av.methods import AudioTextContrastive
from keras_av.metrics import nearest_rows, pair_retrieval
from keras_av.models import ResNetBackbone, TextBackbone, word_vocabulary
from keras_av.report import format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/transcripts", "Folder for the results.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")
LENGTH = 32


def main(_):
    smoke, output = FLAGS.scale == "smoke", pathlib.Path(FLAGS.output)

    # 1. Files, and what is said of them: a table, or subtitle files beside.
    if FLAGS.data is None:
        counts = (24, 16) if smoke else (768, 192)
        files = generated_transcripts(None, *counts)
        transcripts = Transcripts.from_csv(f"{files.root}/transcripts.csv")
    else:
        files = Manifest.from_folder(FLAGS.data)
        transcripts = Transcripts.beside(files)

    # 2. Clips: sound alone, decoded once, with the words of its moment.
    spec = ClipSpec(num_frames=0, audio_seconds=2.0)
    if not smoke:
        files = prepare(files, output / "prepared", spec)
    sides = (files.where(split=side) for side in ("train", "test"))
    if FLAGS.data is not None:
        sides = files.split_by_group(0.25, seed=FLAGS.seed)
    train_files, test_files = sides
    batch_size = min(64, len(train_files) // 2)
    words = word_vocabulary(transcripts.sentences(train_files))
    mean, std = log_mel_statistics(
        LogMelSpectrogram(), clips(train_files, spec, batch_size)
    )

    # 3. Encoders: words in order, and the rival to whom order says nothing.
    width, size = ((8,), 32) if smoke else (16, 128)

    def words_in_order():
        return TextBackbone(words, LENGTH, size)

    def bag_of_words():
        return keras.Sequential(
            [
                keras.Input((LENGTH,), dtype="int32"),
                keras.layers.Embedding(len(words) + 2, size, mask_zero=True),
                keras.layers.GlobalAveragePooling1D(),
                keras.layers.Dense(size, "relu"),
            ]
        )

    def read(side, said=transcripts, **options):
        options |= {"transcripts": said, "tokenizer": tokenizer.tokenize}
        return clips(side, spec, batch_size, **options)

    def measure(model):
        found, keys = {}, ("audio", "text")
        for language in transcripts.languages:
            said = transcripts.where(language)
            pairs = embed_pairs(model, read(test_files, said))
            # Of generated files each that sounds as a sentence says is right.
            labels = None if FLAGS.data else test_files.label[pairs["index"]]
            both = pair_retrieval(*(pairs[key] for key in keys), labels, keys)
            for column, values in zip((found, chance), both):
                column |= {f"{language}: {n}": v for n, v in values.items()}
        return found

    # 4. The method, with each text encoder: as many updates, by the same clips.
    tokenizer, columns, chance = words_in_order(), {}, {}
    epochs = 2 if smoke else 60
    for make in (bag_of_words, words_in_order):
        name = make.__name__
        keras.utils.set_random_seed(FLAGS.seed)
        spectra = LogMelSpectrogram(sequence_stride=320, mean=mean, std=std)
        audio = ResNetBackbone(
            10, width, spec.audio_shape, preprocessor=spectra
        )
        model = AudioTextContrastive(audio, make(), seed=FLAGS.seed)
        train = read(train_files, training=True, seed=FLAGS.seed)
        num_steps = epochs * int(train.cardinality())
        rate = keras.optimizers.schedules.CosineDecay(1e-3, num_steps)
        model.compile(keras.optimizers.Adam(rate))
        if not columns:
            columns["untrained"] = measure(model)
        backup = Backup(output / name, clips=train, delete_checkpoint=False)
        log = EpochLog(output / f"{name}.csv")
        model.fit(train, epochs=epochs, callbacks=[backup, log], verbose=2)
        columns[name] = measure(model)
        model.save(output / f"{name}.keras")

    # 5. What was learned, beside chance and the bag of words.
    table = format_table(columns | {"chance": chance}, len(test_files))
    print(table)

    # 6. A sentence finds sounds, which are embedded once.
    found = embed_pairs(model, read(test_files))
    sentence = transcripts.sentences(test_files)[0]
    tokens = np.array(tokenizer.tokenize([sentence]))
    query = np.array(model.predict({"text": tokens}, verbose=0)["text"])
    rows, _ = nearest_rows(query, found["audio"], k=3)
    print(sentence, *test_files.path[found["index"][rows[0]]], sep="\n  ")

    # 7. The backbones go into any other Keras model, words included.
    card = {"Method": "audio-text contrast", "Scores": f"```\n{table}\n```"}
    for name, encoder in (("audio", audio), ("text", model.text_encoder)):
        folder = output / f"{name}_backbone"
        encoder.save_to_preset(folder, overwrite=True, card=card)
    backbone = TextBackbone.from_preset(output / "text_backbone")
    print(f"{backbone.name} knows {len(backbone.vocabulary)} words")


if __name__ == "__main__":
    run_program(main)
