"""Export of networks to where there is no Keras, checked there."""

from keras_av.export.export_model import export_model
from keras_av.export.export_report import ExportReport

__all__ = ["ExportReport", "export_model"]


def __dir__() -> list[str]:
    return list(__all__)
