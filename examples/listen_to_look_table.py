"""Accuracy and cost of the networks of `listen_to_look.py`."""

import json

from keras_av.report import format_table, plot_cost


class Table:
    """Rows of accuracy, multiply-adds and time, of clips and of videos."""

    def __init__(self, folder):
        self.folder = folder
        self.rows, self.points = {}, {"clips": {}, "videos": {}}

    def add(self, kind, name, accuracy, flops, seconds):
        """Add a network; `kind` says what it classifies."""
        self.rows[name] = {
            "accuracy": accuracy,
            "MFLOPs": flops / 1e6,
            "ms": 1000 * seconds,
        }
        print(f"{name}: {accuracy:.3f}, {flops / 1e6:.1f} MFLOPs", flush=True)
        curve = self.points[kind].setdefault(name.split(",")[0], [])
        curve.append((flops / 1e9, accuracy))

    def report(self):
        """Print the table; write it and the pictures."""
        columns = {
            title: {name: row[title] for name, row in self.rows.items()}
            for title in ("accuracy", "MFLOPs", "ms")
        }
        print(f"\n{format_table(columns)}\n")
        (self.folder / "table.json").write_text(json.dumps(columns, indent=1))
        for kind, points in self.points.items():
            plot_cost(points, self.folder / f"cost_of_{kind}.png")
        print(f"Student, table and pictures: {self.folder.resolve()}")
