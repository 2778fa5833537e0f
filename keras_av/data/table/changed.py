"""Whether a file is still the one that was scanned."""

from keras_av.data.plumbing.fingerprints import sha256, stamp
from keras_av.data.table.file_table import FileTable


def changed(files: FileTable, row: int) -> str:
    """What has changed of a file since it was scanned, in words.

    A file whose size and time of change are the same is not read.

    Args:
        files: Table of the files, with or without facts.
        row: Row of the file.

    Returns:
        The words; empty if nothing has, or the file is not there any more, or
        it was not scanned.
    """
    facts = files.facts
    if not facts or not facts["sha256"][row]:
        return ""
    path = files.full_path(row)
    num_bytes, modified = stamp(path)
    scanned = int(facts["num_bytes"][row])
    if num_bytes < 0 or (num_bytes, modified) == (
        scanned,
        int(facts["modified"][row]),
    ):
        return ""
    if num_bytes != scanned:
        return f"it has {num_bytes} bytes, and had {scanned} when scanned"
    if sha256(path) != facts["sha256"][row]:
        return "its bytes are not those that were scanned"
    return ""


def check_unchanged(files: FileTable) -> None:
    """Refuse files whose facts are those of other bytes.

    Args:
        files: Table of the files, with or without facts.

    Raises:
        ValueError: If there are such files.
    """
    found = {
        str(path): words
        for row, path in enumerate(files.path)
        if (words := changed(files, row))
    }
    if found:
        listed = "; ".join(f"{p}: {w}" for p, w in list(found.items())[:5])
        raise ValueError(
            f"{len(found)} of {len(files)} files under {files.root!r} have "
            f"changed since they were scanned. {listed}. Call scan again, "
            "which opens only these."
        )
