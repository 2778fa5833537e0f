"""Folders of media files, one a class."""

import os
from typing import Any, Self

from keras_av.data.layouts.media_files import media_files
from keras_av.data.table.file_table import FileTable


class FolderLayout(FileTable):
    """Folders of media files, one a class."""

    @classmethod
    def from_folder(cls, root: str | os.PathLike[str]) -> Self:
        """Find the media files under a folder.

        `root/class/clip.mp4` is labelled with the first folder's name,
        however deep it lies; a file directly in `root` is unlabelled.

        Args:
            root: Path of the folder.

        Raises:
            ValueError: If it is not there or holds no media files.
        """
        return cls(root, **folder_columns(root))


def folder_columns(root: str | os.PathLike[str]) -> dict[str, Any]:
    """Media files under a folder; the first folder's name is the class."""
    paths = media_files(root)
    classes = [p.split("/")[0] if "/" in p else None for p in paths]
    names = sorted({name for name in classes if name is not None})
    numbers = {name: number for number, name in enumerate(names)}
    return {
        "path": paths,
        "label": [-1 if c is None else numbers[c] for c in classes],
        "class_names": names,
    }
