"""A generated benchmark whose ceilings are known."""
