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

    What papers call FLOPs, or GFLOPs divided by 1e9: one multiplication and
    the addition of its product count as one. Counted are the matrix products
    and convolutions of all layers of Keras that have them, in models of any
    kind, wherever they are called and as often as they are; padding counts as
    if it were there. `LogMelSpectrogram` counts `1.25 n log2(n)` for the fast
    Fourier transform of a frame of n samples, and its mel filters. Biases,
    normalisation, activations, pooling and sums count nothing, nor do
    products of two tensors without weights, such as `keras.layers.Dot`,
    unless a layer of `keras_av` or `keras.layers.MultiHeadAttention` makes
    them.

    Nothing is computed: the layers are called on shapes alone.

    `R2Plus1DBackbone(18)` with 400 classes counts 40.52e9 at 16x112x112, as
    torchvision states. Its authors' 41.5e9 is of a layout in which the second
    convolution of a block has a matched middle of its own.

    References:
        - [Tran et al., 2018](https://arxiv.org/abs/1711.11248)

    Args:
        model: The network. One that is not built is built.
        input_shapes: Shape of one sample without the batch axis, or a dict or
            list of them, as the model takes its input. Defaults to that of
            the model, which must then be known.
        rules: For classes of layers that are not known, a function from the
            layer, the list of the shapes that it was called on and the shape
            of its output, with the batch axis, to the multiply-adds of that
            call besides those of the layers that it calls. Also replaces
            known ones.

    Returns:
        The number of multiply-adds.

    Raises:
        ValueError: The shapes are not known, or a layer with weights of its
            own has no rule.

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
        # A backend may trace twice; the last time counts.
        counter.reset()
        return model(inputs)

    # What is not built yet is called once more to be built.
    _Trace(model)(inputs)
    with _observed(counter):
        _Trace(run)(inputs)
    counter.check(model)
    return counter.total


class _Trace(keras.Operation):
    """Calls a function on shapes alone, with tensors of the backend."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function

    def call(self, inputs: Any) -> Any:
        return self._function(inputs)


class _Counter:
    """Adds up what the calls of layers cost."""

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
        """Count one step, and multiply."""
        before = self.total
        layer.layer(inputs[:, 0])
        steps = inputs.shape[1]
        self.total = before + steps * (self.total - before)

    def check(self, model: keras.Model) -> None:
        """Name the layers whose weights do not show in the total."""
        if self._unknown:
            names = [
                f"{layer.name!r} ({type(layer).__name__})"
                for layer in self._unknown.values()
            ]
            raise ValueError(
                f"The layers {', '.join(names)} have weights, and what they "
                "cost is not known. Pass a function for each class: "
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
                f"{resting}, which therefore count nothing.",
                stacklevel=3,
            )


@contextlib.contextmanager
def _observed(counter: _Counter) -> Iterator[None]:
    """Show all calls of layers to the counter.

    Keras has no hook that tells of the calls inside of layers and of models
    of one's own.
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
        # Only its `inputs` are known of a sequential model.
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
