"""The command `keras_av`."""
