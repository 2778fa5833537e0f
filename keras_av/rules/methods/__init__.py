"""Rules of the learning methods."""
