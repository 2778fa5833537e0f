"""Data loading: manifests, decoders and tf.data pipelines of clips."""

from typing import TYPE_CHECKING

from keras_av.on_demand import load_on_demand

if TYPE_CHECKING:
    from keras_av.data.clip.clip import Clip
    from keras_av.data.clip.clip_gate import Policies
    from keras_av.data.clip.clip_report import ClipReport
    from keras_av.data.clip.clip_spec import ClipSpec
    from keras_av.data.clip.clip_window import ClipChoice
    from keras_av.data.clip.media_error import MediaError
    from keras_av.data.clips import clips
    from keras_av.data.facts.scan import scan
    from keras_av.data.features.encode_files import encode_files
    from keras_av.data.features.feature_sequences import feature_sequences
    from keras_av.data.generated import (
        GeneratedTask,
        generated_benchmark,
        generated_long_set,
        generated_set,
        generated_transcripts,
    )
    from keras_av.data.layouts.citation import citation
    from keras_av.data.layouts.kinetics_sounds import KINETICS_SOUNDS
    from keras_av.data.long_clips import long_clips
    from keras_av.data.manifest.manifest import Manifest
    from keras_av.data.media.read_clip import read_clip
    from keras_av.data.media.self_check import self_check
    from keras_av.data.media.write_video import write_video
    from keras_av.data.plumbing.beam_workers import BeamWorkers
    from keras_av.data.prepared.prepare import prepare
    from keras_av.data.prepared.prepared_set import PreparedSet, is_prepared
    from keras_av.data.table.file_table import FileTable
    from keras_av.data.tfds.write_tfds import write_tfds
    from keras_av.data.transcripts.read_subtitles import read_subtitles
    from keras_av.data.transcripts.span import Span
    from keras_av.data.transcripts.transcripts import Transcripts

__all__ = [
    "KINETICS_SOUNDS",
    "BeamWorkers",
    "Clip",
    "ClipChoice",
    "ClipReport",
    "ClipSpec",
    "FileTable",
    "GeneratedTask",
    "Manifest",
    "MediaError",
    "Policies",
    "PreparedSet",
    "Span",
    "Transcripts",
    "citation",
    "clips",
    "encode_files",
    "feature_sequences",
    "generated_benchmark",
    "generated_long_set",
    "generated_set",
    "generated_transcripts",
    "is_prepared",
    "long_clips",
    "prepare",
    "read_clip",
    "read_subtitles",
    "scan",
    "self_check",
    "write_tfds",
    "write_video",
]

load_on_demand(
    __name__,
    {
        "keras_av.data.clip.clip": ["Clip"],
        "keras_av.data.clip.clip_gate": ["Policies"],
        "keras_av.data.clip.clip_report": ["ClipReport"],
        "keras_av.data.clip.clip_spec": ["ClipSpec"],
        "keras_av.data.clip.clip_window": ["ClipChoice"],
        "keras_av.data.clip.media_error": ["MediaError"],
        "keras_av.data.clips": ["clips"],
        "keras_av.data.facts.scan": ["scan"],
        "keras_av.data.features.encode_files": ["encode_files"],
        "keras_av.data.features.feature_sequences": ["feature_sequences"],
        "keras_av.data.generated": [
            "GeneratedTask",
            "generated_benchmark",
            "generated_long_set",
            "generated_set",
            "generated_transcripts",
        ],
        "keras_av.data.layouts.citation": ["citation"],
        "keras_av.data.layouts.kinetics_sounds": ["KINETICS_SOUNDS"],
        "keras_av.data.long_clips": ["long_clips"],
        "keras_av.data.manifest.manifest": ["Manifest"],
        "keras_av.data.media.read_clip": ["read_clip"],
        "keras_av.data.media.self_check": ["self_check"],
        "keras_av.data.media.write_video": ["write_video"],
        "keras_av.data.plumbing.beam_workers": ["BeamWorkers"],
        "keras_av.data.prepared.prepare": ["prepare"],
        "keras_av.data.prepared.prepared_set": ["PreparedSet", "is_prepared"],
        "keras_av.data.table.file_table": ["FileTable"],
        "keras_av.data.tfds.write_tfds": ["write_tfds"],
        "keras_av.data.transcripts.read_subtitles": ["read_subtitles"],
        "keras_av.data.transcripts.span": ["Span"],
        "keras_av.data.transcripts.transcripts": ["Transcripts"],
    },
)


def __dir__() -> list[str]:
    return list(__all__)
