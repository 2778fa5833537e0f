"""What retrieval and nearest neighbours cost beside faiss.

    python benchmarks/evaluation.py
    python benchmarks/evaluation.py --num_gallery=1000000 --dim=128

Random embeddings with counterparts: ranks of all pairs (only up to 20,000 of
them), and nearest neighbours. Seconds are those of the processor, the least of
some turns; faiss searches exactly, by inner products.
"""

import resource
import time

import numpy as np
from absl import app, flags

from keras_av.metrics import knn_accuracy, nearest_rows, retrieval_metrics

FLAGS = flags.FLAGS
flags.DEFINE_integer("num_queries", 10_000, "Rows that ask.")
flags.DEFINE_integer("num_gallery", 10_000, "Rows that are searched.")
flags.DEFINE_integer("dim", 512, "Size of a row.")
flags.DEFINE_integer("turns", 3, "Measurements, of which the least counts.")

_NUM_CLASSES, _PAIRS = 50, 20_000


def seconds(function):
    """The least processor time of a few calls."""
    found = []
    for _ in range(FLAGS.turns):
        start = time.process_time()
        function()
        found.append(time.process_time() - start)
    return min(found)


def main(_):
    """Measure and print."""
    rng = np.random.default_rng(0)
    size = (FLAGS.num_gallery, FLAGS.dim)
    gallery = rng.standard_normal(size, "float32")
    queries = gallery[: FLAGS.num_queries] + 2 * rng.standard_normal(
        (min(FLAGS.num_queries, len(gallery)), FLAGS.dim), "float32"
    )
    labels = rng.integers(0, _NUM_CLASSES, len(gallery))
    asked = labels[: len(queries)]

    def search(engine, k):
        return lambda: nearest_rows(queries, gallery, k, engine)

    rows = {}
    if len(queries) == len(gallery) <= _PAIRS:
        rows["ranks of pairs"] = (
            seconds(lambda: retrieval_metrics(queries, gallery)),
            seconds(search("faiss", 10)),
        )
    faiss = seconds(search("faiss", 20))
    rows["nearest 20"] = seconds(search("numpy", 20)), faiss
    rows["kNN accuracy"] = (
        seconds(lambda: knn_accuracy(gallery, labels, queries, asked)),
        faiss,
    )
    print(f"{len(queries)} among {len(gallery)} x {FLAGS.dim}")
    print(f"{'':16}{'CPU s':>10}{'faiss':>10}{'ratio':>8}")
    for name, (ours, theirs) in rows.items():
        print(f"{name:16}{ours:10.2f}{theirs:10.2f}{ours / theirs:8.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak of memory: {peak:.1f} GiB")


if __name__ == "__main__":
    app.run(main)
