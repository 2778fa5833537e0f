"""Commands for a folder of videos that no workspace knows yet."""

import os
import sys

from keras_av.data import Manifest
from keras_av.data import scan as scan_files
from keras_av.rules.folder_workspace import folder_workspace
from keras_av.workspace import ConfigError


def init(folder: str, workspace: str | None = None) -> list[str]:
    """Write a workspace that trains on a folder.

    Args:
        folder: Path of the folder.
        workspace: Path of the workspace. Defaults to the current folder.

    Returns:
        Lines that say what was found and what follows.

    Raises:
        ConfigError: If there are too few videos, or a workspace is there.
    """
    try:
        return folder_workspace(folder, workspace or os.curdir)
    except (OSError, ValueError) as error:
        raise ConfigError(str(error)) from error


def scan(folder: str, output: str | None = None) -> list[str]:
    """Look at all files of a folder without decoding them.

    Args:
        folder: Path of the folder.
        output: Path of a CSV file, a manifest with what was found. Defaults to
            none.

    Returns:
        A line for each file.

    Raises:
        ConfigError: If the folder holds no media files.
    """
    try:
        manifest = Manifest.from_folder(folder)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    files = scan_files(manifest, verbose=sys.stdout.isatty())
    facts = files.facts
    lines = [
        f"{status:9} {seconds:7.1f} s  {'sound' if heard else '-':5}  {path}"
        + (f"  {message}" if message else "")
        for status, seconds, heard, path, message in zip(
            facts["status"],
            facts["duration"],
            facts["has_audio"],
            files.path,
            facts["message"],
        )
    ]
    good = facts["status"] == "ok"
    lines.append(
        f"{len(files)} files, {good.sum()} of which can be opened, "
        f"{(good & facts['has_audio']).sum()} with sound; "
        f"{facts['duration'].sum() / 60:.1f} minutes"
    )
    if output is not None:
        files.to_csv(output)
        lines.append(f"Manifest.from_csv({output!r}, {folder!r}) reads it.")
    return lines
