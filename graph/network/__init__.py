"""The graph as a network of nodes: measures, paths, export to other tools."""
