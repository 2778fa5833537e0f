"""Attributes: what rules take."""
