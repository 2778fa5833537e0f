"""The graph of targets."""
