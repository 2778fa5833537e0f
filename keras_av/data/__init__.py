"""Files to batches of clips: manifests, decoders, tf.data pipelines."""

from keras_av.data.clip_report import ClipReport
from keras_av.data.clip_spec import ClipSpec
from keras_av.data.clips import clips
from keras_av.data.generated import generated_set
from keras_av.data.manifest import Manifest
from keras_av.data.media_error import MediaError
