"""Videos with sound generated from physics, for examples and tests."""

from keras_av.data.generated.benchmark import (
    GeneratedTask,
    generated_benchmark,
    generated_transcripts,
)
from keras_av.data.generated.generated_set import generated_set
from keras_av.data.generated.long_set import generated_long_set

__all__ = [
    "GeneratedTask",
    "generated_benchmark",
    "generated_long_set",
    "generated_set",
    "generated_transcripts",
]


def __dir__() -> list[str]:
    return list(__all__)
