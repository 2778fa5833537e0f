"""Repeat `examples/listen_to_look.py` over seeds, and judge what is claimed.

    python benchmarks/listen_to_look_seeds.py             # three seeds
    python benchmarks/listen_to_look_seeds.py --seeds=5

Prints the mean accuracy and its 95 % interval over the seeds beside the cost,
then the claims: what the student keeps of its teacher and at which cost, what
both senses gain over one, what skimming gains over clips chosen blindly. Seeds
whose table is there from an earlier call are not run again.
"""

import runs
from absl import app, flags

from keras_av.evaluation import mean_and_interval

flags.DEFINE_string("output", "out/listen_to_look_seeds", "Folder of the runs.")


def main(_):
    """Run, collect, judge."""
    tables = runs.tables("listen_to_look.py")
    costs = tables[0]["MFLOPs"]

    def spread(name, other=None):
        """Mean and interval of an accuracy, or of its lead over another."""
        rows = [table["accuracy"] for table in tables]
        minus = [row[other] if other else 0.0 for row in rows]
        return mean_and_interval([r[name] - m for r, m in zip(rows, minus)])

    print(f"\n{'':20}{'accuracy':>15}{'MFLOPs':>10}")
    for name, cost in costs.items():
        mean, half = spread(name)
        print(f"{name:20}{mean:7.3f} ± {half:5.3f}{cost:10.1f}")
    ratio = spread("student")[0] / spread("teacher")[0]
    share = costs["student"] / costs["teacher"]
    print(
        f"\nThe student has {ratio:.2f} of its teacher's accuracy at "
        f"{share:.3f} of its cost."
    )
    pairs = [("student", "image only"), ("student", "audio only")]
    for name in costs:
        if name.startswith("skimming"):
            steps = name.removeprefix("skimming")
            pairs += [
                (name, f"{kind}{steps}") for kind in ("uniform", "random")
            ]
    for name, other in pairs:
        mean, half = spread(name, other)
        print(f"{name} over {other}: {mean:+.3f} ± {half:.3f}")


if __name__ == "__main__":
    app.run(main)
