"""Files to batches of clips: manifests, decoders, tf.data pipelines."""

from keras_av.data.citation import citation
from keras_av.data.clip_report import ClipReport
from keras_av.data.clip_spec import ClipSpec
from keras_av.data.clip_window import ClipChoice
from keras_av.data.clips import clips
from keras_av.data.feature_sequences import feature_sequences
from keras_av.data.generated import generated_long_set, generated_set
from keras_av.data.kinetics_sounds import KINETICS_SOUNDS
from keras_av.data.long_clips import long_clips
from keras_av.data.manifest import Manifest
from keras_av.data.media_error import MediaError
from keras_av.data.prepare import prepare
from keras_av.data.prepared_set import PreparedSet, is_prepared
from keras_av.data.read_clip import Clip, read_clip
from keras_av.data.scan import scan
from keras_av.data.self_check import self_check
from keras_av.data.write_tfds import write_tfds
from keras_av.data.write_video import write_video
