"""What readers need to know of an epoch."""

import dataclasses

from keras_av.data.clip.clip_gate import Policies
from keras_av.data.clip.clip_order import FileOrder, TrainingOrder
from keras_av.data.clip.clip_report import ClipReport
from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.table.file_table import FileTable
from keras_av.data.transcripts.transcripts import Transcripts


@dataclasses.dataclass(frozen=True)
class Reading:
    """The files to read, the clips to read from them, and the policies.

    Args:
        manifest: Manifest of the files.
        spec: Specification of a clip.
        order: Which clip stands at which position of an epoch.
        policies: Policies for faulty clips.
        report: Counts of what is read.
        transcripts: What is said in the files. Defaults to none.
    """

    manifest: FileTable
    spec: ClipSpec
    order: FileOrder | TrainingOrder
    policies: Policies
    report: ClipReport
    transcripts: Transcripts | None = None
