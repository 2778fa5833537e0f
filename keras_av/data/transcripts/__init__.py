"""What is said in files: transcripts, and when."""

__all__: list[str] = []
