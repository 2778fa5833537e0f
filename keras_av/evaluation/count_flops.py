"""The cost of a forward pass in multiply-adds."""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras

from keras_av.evaluation.layer_costs import RULES, Rule, Shape, find_rule


def count_flops(
    model: keras.Model,
    input_shapes: Any = None,
    rules: Mapping[type, Rule] | None = None,
) -> int:
    """Count the multiply-adds of one forward pass of one sample.

    This is what papers call FLOPs (divide by 1e9 for GFLOPs): a multiplication
    and the addition of its product count as one. The matrix products and
    convolutions of all Keras layers are counted, in any kind of model, each
    time they are called; padding counts like any other input.
    `LogMelSpectrogram` counts `1.25 n log2(n)` for the fast Fourier transform
    of a frame of n samples, plus its mel filters. Biases, normalization,
    activations, pooling and sums are not counted. Neither are products of two
    tensors without weights, such as `keras.layers.Dot`, except those inside
    layers of `keras_av` and `keras.layers.MultiHeadAttention`.

    No values are computed: the layers are called symbolically.

    `R2Plus1DBackbone(18)` with 400 classes has 40.52e9 at 16x112x112, as
    stated by torchvision. The 41.5e9 of the paper are for a layout that
    computes a separate middle width for the second convolution of a block.

    References:
        - [Tran et al., 2018](https://arxiv.org/abs/1711.11248)

    Args:
        model: Model to count. It is built if necessary.
        input_shapes: Shape of one sample without the batch axis, or a dict or
            list of shapes, in the structure of the model's input. Defaults to
            the input shape of the model, if known.
        rules: Functions by layer class, for layers that are not known or to
            override known ones. Each takes the layer, the list of its input
            shapes and its output shape, with the batch axis, and returns the
            multiply-adds of the call, without those of the layers inside.

    Returns:
        The number of multiply-adds.

    Raises:
        ValueError: If the shapes are not known, or there is no rule for a
            layer that has weights.

    Examples:

    >>> import keras
    >>> from keras_av.evaluation import count_flops
    >>> model = keras.Sequential([
    ...     keras.Input((8, 8, 3)), keras.layers.Conv2D(16, 3, padding="same"),
    ...     keras.layers.Flatten(), keras.layers.Dense(10)])
    >>> count_flops(model) == 8 * 8 * 16 * 3 * 3 * 3 + 8 * 8 * 16 * 10
    True
    """
    inputs = _inputs(model, input_shapes)
    counter = _Counter({**RULES, **(rules or {})})

    def run(inputs: Any) -> Any:
        # A backend may trace twice; the last trace counts.
        counter.reset()
        return model(inputs)

    # The first call only builds layers that are not built yet.
    _Trace(model)(inputs)
    with _observed(counter):
        _Trace(run)(inputs)
    counter.check(model)
    return counter.total


class _Trace(keras.Operation):
    """Calls a function symbolically, with tensors of the backend."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function

    def call(self, inputs: Any) -> Any:
        return self._function(inputs)


class _Counter:
    """Adds up the costs of layer calls."""

    def __init__(self, rules: Mapping[type, Rule]) -> None:
        self._rules = rules
        self.reset()

    def reset(self) -> None:
        self.total = 0
        self._called: set[int] = set()
        self._unknown: dict[int, keras.layers.Layer] = {}

    def call(
        self,
        original: Callable[..., Any],
        layer: keras.layers.Layer,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        before = self.total
        outputs = original(layer, *args, **kwargs)
        self._called.add(id(layer))
        if isinstance(layer, keras.layers.TimeDistributed):
            self.total = before
            self._repeat(layer, args[0] if args else kwargs["inputs"])
            return outputs
        if isinstance(layer, keras.layers.RNN):
            # Backends unroll, loop or fuse its steps.
            self.total = before
            self._called.update(map(id, _parts(layer)))
        rule = find_rule(layer, self._rules)
        if rule is not None:
            inputs = _shapes([*args, *kwargs.values()])
            self.total += int(rule(layer, inputs, _shapes(outputs)[0]))
        elif _has_own_weights(layer):
            self._unknown[id(layer)] = layer
        return outputs

    def _repeat(self, layer: keras.layers.TimeDistributed, inputs: Any) -> None:
        """Count one time step and multiply."""
        before = self.total
        layer.layer(inputs[:, 0])
        steps = inputs.shape[1]
        self.total = before + steps * (self.total - before)

    def check(self, model: keras.Model) -> None:
        """Report the layers whose weights are not part of the total."""
        if self._unknown:
            names = [
                f"{layer.name!r} ({type(layer).__name__})"
                for layer in self._unknown.values()
            ]
            raise ValueError(
                f"The layers {', '.join(names)} have weights, but their cost "
                "is not known. Pass a function for each class: "
                "rules={Class: lambda layer, inputs, output: ...}."
            )
        resting = [
            layer.name
            for layer in _parts(model)
            if id(layer) not in self._called and _has_own_weights(layer)
        ]
        if resting:
            warnings.warn(
                f"The forward pass of {model.name!r} does not call the layers "
                f"{resting}, which are therefore not counted.",
                stacklevel=3,
            )


@contextlib.contextmanager
def _observed(counter: _Counter) -> Iterator[None]:
    """Intercept all layer calls for the counter.

    Keras has no hook for calls inside custom layers and models.
    """
    original = keras.layers.Layer.__call__

    def call(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Any:
        return counter.call(original, layer, *args, **kwargs)

    keras.layers.Layer.__call__ = call
    try:
        yield
    finally:
        keras.layers.Layer.__call__ = original


def _inputs(model: keras.Model, input_shapes: Any) -> Any:
    """Symbolic inputs of one sample."""
    if input_shapes is not None:
        return keras.tree.map_shape_structure(
            lambda shape: keras.KerasTensor((1, *shape), "float32"),
            input_shapes,
        )
    try:
        # A sequential model only has `inputs`.
        sequential = isinstance(model, keras.Sequential)
        inputs = model.inputs[0] if sequential else model.input
    except (AttributeError, ValueError) as error:
        raise ValueError(
            f"The input shapes of {model.name!r}, a {type(model).__name__}, "
            "are not known. Pass input_shapes."
        ) from error
    shapes = _shapes(inputs)
    if any(size is None for shape in shapes for size in shape[1:]):
        raise ValueError(
            f"{model.name!r} takes inputs of any size: {shapes}. Pass "
            "input_shapes."
        )
    return keras.tree.map_structure(
        lambda x: keras.KerasTensor((1, *x.shape[1:]), x.dtype), inputs
    )


def _shapes(structure: Any) -> list[Shape]:
    tensors = keras.tree.flatten(structure)
    return [tuple(x.shape) for x in tensors if hasattr(x, "shape")]


def _parts(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """All layers inside a layer."""
    return list(layer._flatten_layers(include_self=False))


def _has_own_weights(layer: keras.layers.Layer) -> bool:
    inner = {id(w) for part in _parts(layer) for w in part.weights}
    return any(id(weight) not in inner for weight in layer.weights)
