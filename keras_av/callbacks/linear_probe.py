"""Linear probe accuracy during training."""

from keras_av.callbacks.labelled_probe import LabelledProbe
from keras_av.evaluation.linear_probe import linear_probe
from keras_av.ops.types import Array


class LinearProbe(LabelledProbe):
    """Measures the linear probe accuracy of one encoder during training.

    The encoder runs in inference mode; `keras_av.evaluation.linear_probe`
    fits logistic regression on the descriptors of the training clips and
    tests it on those of the test clips. The encoder is not affected. Logged as
    `video_linear_probe` or `audio_linear_probe`, together with the share of
    the largest class, `video_class_chance` or `audio_class_chance`. For
    `"audio"`, clips without sound are left out.

    References:
        - [Alain and Bengio, 2016](https://arxiv.org/abs/1610.01644)

    Args:
        train_clips: Labelled batches to fit on, such as from
            `keras_av.data.clips` without `training`.
        test_clips: Labelled batches of other files to measure on.
        modality: `"video"` or `"audio"`. Defaults to `"video"`.
        frequency: Number of epochs between measurements. Defaults to 1.

    Examples:

    >>> from keras_av.callbacks import LinearProbe
    >>> LinearProbe(train_clips=[], test_clips=[], modality="audio").names
    ('audio_linear_probe', 'audio_class_chance')
    """

    kind = "linear_probe"

    def score(self, train: dict[str, Array], test: dict[str, Array]) -> float:
        accuracy, _ = linear_probe(
            train["features"], train["label"], test["features"], test["label"]
        )
        return accuracy
