"""Networks that are run with their taps."""

from collections.abc import Iterable, Mapping

import keras
from keras import ops

from keras_av.models.own_inputs import own_inputs
from keras_av.models.with_taps import with_taps
from keras_av.ops.types import Tensor


class Tapped:
    """Runs a network on a batch and returns its taps by name.

    No layer of Keras, so that a model may hold it beside the network without
    its weights being saved twice.

    Args:
        network: A functional or sequential model.
        taps: Names or paths of its layers; an empty one is its output.
        key: Which key of a batch it reads; None for a network with inputs by
            name, which is given those.
    """

    def __init__(
        self,
        network: keras.Model,
        taps: Iterable[str],
        key: str | None,
    ) -> None:
        names = dict.fromkeys(tap for tap in taps if tap)
        self.names = ("", *names)
        self.key = key
        self._network = with_taps(network, list(names))
        outputs = self._network.outputs
        if len(outputs) != len(self.names):
            raise ValueError(
                f"Expected a network with one output. Received "
                f"{network.name!r} with {network.output}."
            )
        self.shapes = {
            name: tuple(output.shape[1:])
            for name, output in zip(self.names, outputs)
        }

    def inputs(self, batch: Mapping[str, Tensor]) -> Tensor:
        """What of a batch the network reads."""
        if self.key is None:
            return own_inputs(self._network, batch)
        if self.key not in batch:
            raise ValueError(
                f"The network reads {self.key!r}. Received a batch with "
                f"{sorted(batch)}. `keras_av.data.clips` gives `video` if the "
                "ClipSpec has num_frames > 0 and `audio` if it has "
                "audio_seconds > 0."
            )
        return batch[self.key]

    def __call__(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> dict[str, Tensor]:
        outputs = self._network(self.inputs(batch), training=training)
        # Of one output alone Keras gives the tensor.
        return dict(zip(self.names, keras.tree.flatten(outputs)))


class TappedTeacher(keras.layers.Layer):
    """A teacher that is tapped, takes no gradient and is not saved.

    Args:
        network: A functional or sequential model. It is made untrainable.
        taps: As those of `Tapped`.
        key: As that of `Tapped`.

    Call arguments:
        batch: A dict.

    Returns:
        Taps by name, float32.
    """

    def __init__(
        self,
        network: keras.Model,
        taps: Iterable[str],
        key: str | None,
    ) -> None:
        super().__init__(trainable=False, autocast=False, name="teacher")
        network.trainable = False
        self.network = network
        self.tapped = Tapped(network, taps, key)
        self.built = True

    def __dir__(self) -> list[str]:
        # Keras saves what it finds here.
        return [name for name in super().__dir__() if name != "network"]

    def call(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {
            name: ops.stop_gradient(ops.cast(value, "float32"))
            for name, value in self.tapped(batch, training=False).items()
        }
