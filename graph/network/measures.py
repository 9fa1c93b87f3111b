"""Measures of the network: who is linked most, who stands between others, which belong together, what hangs on one tie.

Statements that are not negated count, whatever their modality and status: two nodes are linked where some source says
that they have, may have or are to have to do with each other. Where ties have a weight, it is the number of those
statements, so that what several sources say weighs more. Nodes are numbers of the network; those that no counted
statement links to another are left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import networkx
import numpy as np
import rustworkx
from numpy.typing import NDArray

from graph.network.network import Network, Tie

PIVOTS = 1_000
"""Betweenness is exact up to so many nodes; in a larger network it is estimated from so many of them."""

SEED = 1
"""Of all that is drawn, so that the same network always has the same measures."""

DAMPING, TOLERANCE, ROUNDS = 0.85, 1e-10, 1_000
"""Of PageRank: the usual share of links followed, and when it has settled."""


class Degree(NamedTuple):
    """How many nodes a node is linked to, and by how many statements."""

    node: int
    value: int
    statements: int


class Score(NamedTuple):
    """A share of something."""

    node: int
    value: float


class Member(NamedTuple):
    """The community of a node, 1 being the largest, and how many belong to it."""

    node: int
    community: int
    size: int


class Bridge(NamedTuple):
    """The only tie between two parts of the network, and how many nodes the smaller part has."""

    start: int
    end: int
    value: int
    tie: Tie


def degree(network: Network) -> list[Degree]:
    """The most linked first."""
    found = []
    for node, ties in enumerate(network.ties):
        if weights := [tie.weight for tie in ties.values() if tie.weight]:
            found.append(Degree(node, len(weights), sum(weights)))
    return sorted(found, key=lambda item: (-item.value, -item.statements, item.node))


def betweenness(network: Network) -> list[Score]:
    """On which share of the shortest paths between two others a node lies, directions aside; Brandes' algorithm (2001).

    In a network of more than `PIVOTS` nodes only paths from a sample of so many are followed (Brandes and Pich 2007).
    """
    nodes = _linked(network)
    scores = np.zeros(len(network.ids))
    links = _Links(network)
    pivots: Sequence[int] = nodes
    if len(nodes) > PIVOTS:
        pivots = np.random.default_rng(SEED).choice(nodes, PIVOTS, replace=False).tolist()
    for pivot in pivots:
        scores += links.dependencies(pivot)
    others = (len(nodes) - 1) * (len(nodes) - 2)
    scale = len(nodes) / len(pivots) / others if len(nodes) > 2 else 0.0
    return _ranked((node, float(scores[node]) * scale) for node in nodes)


def pagerank(network: Network) -> list[Score]:
    """Where one ends up who follows statements from subject to object, each as likely as another; it sums to one."""
    graph = rustworkx.PyDiGraph()
    nodes = _linked(network)
    position = dict(zip(nodes, graph.add_nodes_from(nodes), strict=True))
    for first, second, tie in _counted(network):
        if tie.out:
            graph.add_edge(position[first], position[second], float(tie.out))
        if tie.back:
            graph.add_edge(position[second], position[first], float(tie.back))
    ranks = rustworkx.pagerank(graph, alpha=DAMPING, weight_fn=float, tol=TOLERANCE, max_iter=ROUNDS) if nodes else {}
    return _ranked((node, ranks[position[node]]) for node in nodes)


def communities(network: Network) -> list[Member]:
    """Parts that are linked more closely within than to others (Louvain, weighted), the largest first."""
    graph = networkx.Graph()
    graph.add_nodes_from(_linked(network))
    graph.add_weighted_edges_from((first, second, tie.weight) for first, second, tie in _counted(network))
    parts = networkx.community.louvain_communities(graph, seed=SEED) if graph else []
    ordered = sorted((sorted(part) for part in parts), key=lambda part: (-len(part), part))
    strength = dict(graph.degree(weight="weight"))
    return [
        Member(node, number, len(part))
        for number, part in enumerate(ordered, 1)
        for node in sorted(part, key=lambda node: (-strength[node], node))
    ]


def bridges(network: Network) -> list[Bridge]:
    """Ties without which the network falls apart there, those that cut off most first."""
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(network.ids)))
    graph.add_edges_from_no_data([(first, second) for first, second, _ in _counted(network)])
    cut = {tuple(sorted(pair)) for pair in rustworkx.bridges(graph)}
    above, total = _parts_below(network)
    found = []
    for first, second in sorted(cut):
        below = second if above[second][0] == first else first
        size, root = above[below][1], above[below][2]
        found.append(Bridge(first, second, min(size, total[root] - size), network.ties[first][second]))
    return sorted(found, key=lambda bridge: (-bridge.value, bridge.start, bridge.end))


def _parts_below(network: Network) -> tuple[dict[int, tuple[int, int, int]], dict[int, int]]:
    """A tree over each connected part: of each node the one above it, how many hang on it, and its root; sizes by root.

    A bridge is part of every such tree, so what hangs on its lower end is what it cuts off.
    """
    parent: dict[int, int] = {}
    root: dict[int, int] = {}
    for start in range(len(network.ids)):
        if start in parent:
            continue
        parent[start] = root[start] = start
        waiting = [start]
        for node in waiting:  # it grows while it is read: breadth first
            for other, tie in network.ties[node].items():
                if tie.weight and other not in parent:
                    parent[other], root[other] = node, start
                    waiting.append(other)
    size = dict.fromkeys(parent, 1)
    for node in reversed(parent):  # what was reached last hangs on what was reached before
        if parent[node] != node:
            size[parent[node]] += size[node]
    above = {node: (parent[node], size[node], root[node]) for node in parent}
    return above, {node: size[node] for node in parent if parent[node] == node}


class _Links:
    """All counted ties in both directions, as arrays by node (compressed sparse rows)."""

    def __init__(self, network: Network) -> None:
        lists = [[other for other, tie in ties.items() if tie.weight] for ties in network.ties]
        self._size = len(lists)
        self._count = np.array([len(others) for others in lists], dtype=np.int64)
        self._begin = np.concatenate(([0], np.cumsum(self._count)[:-1])) if lists else self._count
        self._end = np.array([other for others in lists for other in others], dtype=np.int64)

    def dependencies(self, start: int) -> NDArray[np.float64]:
        """Of each node: the share of the shortest paths from `start` that lead through it, summed over their ends."""
        distance = np.full(self._size, -1, dtype=np.int64)
        paths = np.zeros(self._size)
        distance[start], paths[start] = 0, 1
        edge = np.array([start])
        steps: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        while len(edge):
            near, far = self._from(edge)
            hops = len(steps) + 1
            fresh = distance[far] < 0
            distance[far[fresh]] = hops
            onward = distance[far] == hops
            near, far = near[onward], far[onward]
            np.add.at(paths, far, paths[near])
            steps.append((near, far))
            edge = np.unique(far)
        depends = np.zeros(self._size)
        for near, far in reversed(steps):
            np.add.at(depends, near, paths[near] / paths[far] * (1 + depends[far]))
        depends[start] = 0
        return depends

    def _from(self, nodes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All links from the nodes: where each starts and ends."""
        count = self._count[nodes]
        near = np.repeat(nodes, count)
        skipped = np.repeat(self._begin[nodes] - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        return near, self._end[skipped + np.arange(len(near))]


def _counted(network: Network) -> Iterator[tuple[int, int, Tie]]:
    for first, ties in enumerate(network.ties):
        for second, tie in ties.items():
            if first < second and tie.weight:
                yield first, second, tie


def _linked(network: Network) -> list[int]:
    return [node for node, ties in enumerate(network.ties) if any(tie.weight for tie in ties.values())]


def _ranked(scores: Iterable[tuple[int, float]]) -> list[Score]:
    return sorted((Score(*score) for score in scores), key=lambda score: (-score.value, score.node))
