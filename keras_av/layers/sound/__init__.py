"""Spectrograms: the log-mel front end and its masks."""

__all__: list[str] = []
