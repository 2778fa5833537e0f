"""Parts of video networks: convolutions and normalisation."""

__all__: list[str] = []
