"""Repeat `examples/sscl.py` over seeds: does it learn, and how surely?

    python benchmarks/seeds.py             # three seeds
    python benchmarks/seeds.py --seeds=5

Prints the mean and the 95 % interval of every measurement over the seeds, and
what is claimed of them. Seeds whose table is there from an earlier call are not
run again.
"""

import runs
from absl import app, flags

from keras_av.evaluation import mean_and_interval

flags.DEFINE_string("output", "out/seeds", "Folder for the runs.")


def main(_):
    """Run, collect, judge."""
    tables = runs.tables("sscl.py")
    stages = ("untrained", "stage I", "stage II")
    chance = tables[0]["chance"]
    means = {}
    print(f"\n{'':28}" + "".join(f"{s:>16}" for s in stages) + "  chance")
    for name in tables[0]["untrained"]:
        cells = ""
        for stage in stages:
            mean, half = mean_and_interval([t[stage][name] for t in tables])
            means[name, stage] = mean
            cells += f"{mean:8.3f} ± {half:5.3f}"
        print(f"{name:28}{cells}{chance[name]:8.3f}")
    print()
    for name in tables[0]["untrained"]:
        before, first, second = (means[name, stage] for stage in stages)
        if name.endswith(("linear_probe", "knn")):
            gain = second - before
            print(f"{name}: {gain:+.3f} over the untrained encoder")
        elif "recall" in name:
            print(f"{name}: {second / chance[name]:.1f} x chance")
        worse = first - second if "rank" not in name else second - first
        if worse > 0:
            print(f"{name}: stage II is worse than stage I by {worse:.3f}")


if __name__ == "__main__":
    app.run(main)
