"""Empty files in the layouts of data sets."""

import pathlib


def touch(root, *names):
    for name in names:
        path = pathlib.Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def rows(manifest):
    names = [*manifest.class_names, ""]
    labels = [names[label] for label in manifest.label]
    return list(
        zip(
            manifest.path.tolist(),
            labels,
            manifest.split.tolist(),
            manifest.group.tolist(),
        )
    )
