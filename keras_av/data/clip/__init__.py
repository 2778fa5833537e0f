"""What a clip is: its specification, its window in a file, its faults."""

__all__: list[str] = []
