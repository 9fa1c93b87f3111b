"""Walks in the network: the shortest ways between two nodes, and what lies around one."""

from collections.abc import Collection, Mapping
from heapq import heappop, heappush

from graph.network.network import Network

Path = tuple[int, ...]


def shortest_paths(network: Network, start: int, end: int, longest: int, count: int) -> list[Path]:
    """Up to `count` simple paths of at most `longest` hops, the shortest first; statements count in both directions.

    Yen's algorithm (1971) with Lawler's saving: at most `count * longest` searches, however many paths there are. The
    distances to the end, found once, keep a search out of every part that the hops left cannot lead back from.
    """
    left = _distances(network, end, longest)
    first = _route(network, left, start, end, longest, (), ())
    waiting = [(len(first), first, 0)] if first else []
    found: list[Path] = []
    while waiting and len(found) < count:
        _, path, since = heappop(waiting)
        found.append(path)
        for turn in range(since, len(path) - 1):
            so_far = path[:turn]
            taken = {other[turn + 1] for other in found if other[: turn + 1] == path[: turn + 1]}
            rest = _route(network, left, path[turn], end, longest - turn, so_far, taken)
            if rest:
                heappush(waiting, (turn + len(rest), so_far + rest, turn))
    return found


def around(network: Network, center: int, depth: int, limit: int) -> tuple[list[int], bool]:
    """Up to `limit` nodes within `depth` hops, and whether there are more.

    The nearest come first; of those equally near, the ones with most statements about them and the nearer ones.
    """
    chosen = [center]
    seen, edge = {center}, [center]
    for _ in range(depth):
        strength: dict[int, int] = {}
        for node in edge:
            for other, tie in network.ties[node].items():
                if other not in seen:
                    strength[other] = strength.get(other, 0) + len(tie.statements)
        edge = sorted(strength, key=lambda node: (-strength[node], node))
        room = limit - len(chosen)
        chosen += edge[:room]
        seen.update(edge)
        if len(edge) > room:
            return chosen, True
    return chosen, False


def between(network: Network, nodes: Collection[int]) -> list[str]:
    """Ids of all statements whose two ends are among the nodes."""
    members = set(nodes)
    found: list[str] = []
    for node in nodes:
        found += network.loops.get(node, ())
        for other, tie in network.ties[node].items():
            if node < other and other in members:
                found += tie.statements
    return found


def _distances(network: Network, end: int, longest: int) -> Mapping[int, int]:
    """How many hops each node is from the end, for those within reach."""
    distances = {end: 0}
    edge = [end]
    for distance in range(1, longest + 1):
        reached = []
        for node in edge:
            for other in network.ties[node]:
                if other not in distances:
                    distances[other] = distance
                    reached.append(other)
        edge = reached
    return distances


def _route(
    network: Network,
    left: Mapping[int, int],
    start: int,
    end: int,
    longest: int,
    closed: Collection[int],
    not_first: Collection[int],
) -> Path:
    """The shortest path that keeps out of `closed` and does not begin with a step to `not_first`; A*. Empty: none."""
    if left.get(start, longest + 1) > longest:
        return ()
    came: dict[int, tuple[int, int]] = {start: (0, start)}
    done = set(closed)
    waiting: list[list[int]] = [[] for _ in range(longest + 1)]  # by the least length of a path through the node
    waiting[left[start]].append(start)
    for length in range(left[start], longest + 1):  # it never gets less on the way: distances are consistent
        while waiting[length]:
            node = waiting[length].pop()
            if node in done:
                continue
            done.add(node)
            hops = came[node][0] + 1
            ties = network.ties[node]
            barred = not_first if node == start else ()
            if hops == length and end in ties and end not in barred:
                came[end] = (hops, node)
                return _back(came, start, end)
            for other in ties:
                least = left.get(other, longest) + hops
                if least > longest or other in done or other in barred:
                    continue
                if other not in came or came[other][0] > hops:
                    came[other] = (hops, node)
                    waiting[least].append(other)
    return ()


def _back(came: Mapping[int, tuple[int, int]], start: int, end: int) -> Path:
    path = [end]
    while path[-1] != start:
        path.append(came[path[-1]][1])
    return tuple(reversed(path))
