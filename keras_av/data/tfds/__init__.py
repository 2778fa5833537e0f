"""Data sets in the format of TensorFlow Datasets."""

__all__: list[str] = []
