"""Labels: names of targets."""
