"""Threads, processes and tf.data pipelines."""

__all__: list[str] = []
