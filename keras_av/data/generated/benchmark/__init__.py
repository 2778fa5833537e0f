"""A generated benchmark whose ceilings are known."""

from keras_av.data.generated.benchmark.generated_benchmark import (
    generated_benchmark,
)
from keras_av.data.generated.benchmark.generated_transcripts import (
    generated_transcripts,
)
from keras_av.data.generated.benchmark.task import GeneratedTask

__all__ = ["GeneratedTask", "generated_benchmark", "generated_transcripts"]


def __dir__() -> list[str]:
    return list(__all__)
