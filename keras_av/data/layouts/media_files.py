"""The media files under a folder."""

import os
import pathlib

MEDIA_EXTENSIONS = frozenset(
    ".3gp .avi .flv .m4v .mkv .mov .mp4 .mpeg .mpg .ogv .ts .webm .wmv "
    ".aac .aif .aiff .flac .m4a .mp3 .oga .ogg .opus .wav .wma".split()
)


def media_files(root: str | os.PathLike[str]) -> list[str]:
    """Relative paths of the media files under a folder, hidden ones aside.

    Raises:
        ValueError: If the folder is not there or holds none.
    """
    root = os.fspath(root)
    if not os.path.isdir(root):
        raise ValueError(f"There is no folder {root!r}")
    found, visited = [], set()
    for here, folders, files in os.walk(root, followlinks=True):
        # A link to a folder above would never end.
        real = os.path.realpath(here)
        folders[:] = [f for f in folders if not f.startswith(".")]
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        for name in files:
            extension = os.path.splitext(name)[1].lower()
            if extension in MEDIA_EXTENSIONS and not name.startswith("."):
                path = os.path.relpath(os.path.join(here, name), root)
                found.append(pathlib.PurePath(path).as_posix())
    if not found:
        raise ValueError(
            f"The folder {root!r} holds no media files. Their names end in "
            f"one of: {' '.join(sorted(MEDIA_EXTENSIONS))}"
        )
    return sorted(found)


def stem(path: str) -> str:
    """Name of a file without its folder and its ending."""
    return pathlib.PurePosixPath(path).stem
