"""Half precision for a model in ONNX."""

from typing import Any

import numpy as np

# Smaller ones are not worth an operation.
_LEAST = 256


def half_onnx(path: str) -> None:
    """Store the weights of a model of ONNX in float16.

    The model computes in float32, as it does in the other formats with such
    weights. The waves and filters of a spectrogram stay in float32: in a
    logarithm, their rounding would be louder than quiet sound.

    Args:
        path: Path of the file, which is replaced.
    """
    import onnx

    model = onnx.load(path)
    graph = model.graph
    logarithms = [one for one in graph.node if one.op_type == "Log"]
    kept = _before(graph, [name for one in logarithms for name in one.output])
    casts = []
    for weight in graph.initializer:
        array = onnx.numpy_helper.to_array(weight)
        small = array.size < _LEAST or weight.name in kept
        if small or array.dtype != np.float32:
            continue
        name, half = weight.name, f"{weight.name}_half"
        halved = onnx.numpy_helper.from_array(array.astype("float16"), half)
        weight.CopyFrom(halved)
        casts.append(
            onnx.helper.make_node(
                "Cast", [half], [name], to=onnx.TensorProto.FLOAT
            )
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, path)


def _before(graph: Any, names: list[str]) -> set[str]:
    """All values that the given ones are computed from."""
    makers = {name: node for node in graph.node for name in node.output}
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += makers[name].input if name in makers else []
    return found
