"""Cypher that users write, and how it is kept harmless."""
