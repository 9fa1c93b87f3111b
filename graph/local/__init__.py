"""The local Neo4j: its jars, its process, and who may own it."""
