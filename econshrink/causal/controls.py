"""Bad controls: what a declared causal diagram says about a list of covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx  # type: ignore[import-untyped]

from econshrink.core.errors import Fault, SpecError, raise_all
from econshrink.core.field_types import typed_fields


@dataclass(frozen=True)
@typed_fields
class CausalDiagram:
    """A directed acyclic graph that the researcher declares, before looking at the figures.

    Parameters
    ----------
    edges : tuple of (str, str)
        Cause and effect.
    unobserved : tuple of str
        Nodes that cannot be controlled for.

    Raises
    ------
    SpecError
        A circle, an edge from a node to itself, an unobserved node that no edge names.

    Examples
    --------
    >>> diagram = CausalDiagram((("old", "jobs"), ("jobs", "moves"), ("old", "moves")))
    >>> sorted(diagram.nodes)
    ['jobs', 'moves', 'old']
    """

    edges: tuple[tuple[str, str], ...]
    unobserved: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "edges", tuple((str(a), str(b)) for a, b in self.edges))
        object.__setattr__(self, "unobserved", tuple(self.unobserved))
        graph = self.graph
        faults = []
        if not nx.is_directed_acyclic_graph(graph):
            circle = " → ".join(str(edge[0]) for edge in nx.find_cycle(graph))
            faults.append(Fault(f"a circle ({circle})", "no circle", "Remove or date an edge."))
        lost = [node for node in self.unobserved if node not in graph]
        if lost:
            seen = f"unobserved {', '.join(lost)} in no edge"
            faults.append(Fault(seen, "nodes of the diagram", "Draw their effects."))
        raise_all(SpecError, faults)

    @property
    def graph(self) -> nx.DiGraph:
        """The diagram as a networkx graph."""
        return nx.DiGraph(list(self.edges))

    @property
    def nodes(self) -> frozenset[str]:
        """All nodes."""
        return frozenset(self.graph.nodes)


@dataclass(frozen=True)
class ControlCheck:
    """What the diagram says about one coefficient with given controls.

    Parameters
    ----------
    treatment, outcome : str
    mediators : tuple of str
        Controls on a directed path from treatment to outcome: they take part of the effect away.
    descendants : tuple of str
        Other controls that the treatment moves: conditioning on them opens paths.
    open_path : tuple of str
        One back-door path that the controls leave open; empty if none.
    valid : bool
        True if the back-door criterion holds: the coefficient is the total effect, if the diagram
        is right.
    sufficient : tuple of str or None
        One smallest set of observed controls that would do, found by the diagram; None if there
        is no such set.
    """

    treatment: str
    outcome: str
    mediators: tuple[str, ...]
    descendants: tuple[str, ...]
    open_path: tuple[str, ...]
    valid: bool
    sufficient: tuple[str, ...] | None

    @property
    def verdict(self) -> str:
        """The check in words."""
        if self.valid:
            return "back-door criterion holds"
        said = []
        if self.mediators:
            said.append(f"controls for mediators ({', '.join(self.mediators)})")
        if self.descendants:
            said.append(f"controls for other effects ({', '.join(self.descendants)})")
        if self.open_path:
            said.append(f"open path {' – '.join(self.open_path)}")
        if self.sufficient is None:
            said.append("no observed set of controls would do")
        return "; ".join(said)


def check_controls(
    diagram: CausalDiagram, treatment: str, outcome: str, controls: Sequence[str]
) -> ControlCheck:
    """Apply Pearl's back-door criterion to a list of controls.

    Parameters
    ----------
    diagram : CausalDiagram
    treatment, outcome : str
    controls : sequence of str
        Nodes of the diagram that the regression holds fixed.

    Returns
    -------
    ControlCheck

    Raises
    ------
    SpecError
        A name that is not in the diagram, a control that is unobserved, or treatment or outcome
        among the controls.

    Examples
    --------
    >>> diagram = CausalDiagram((
    ...     ("past", "old"), ("past", "moves"), ("old", "jobs"), ("jobs", "moves")))
    >>> check_controls(diagram, "old", "moves", ["past"]).valid
    True
    >>> check_controls(diagram, "old", "moves", ["past", "jobs"]).verdict
    'controls for mediators (jobs)'
    >>> check_controls(diagram, "old", "moves", []).open_path
    ('old', 'past', 'moves')
    """
    raise_all(SpecError, _faults(diagram, treatment, outcome, controls))
    graph = diagram.graph
    moved = nx.descendants(graph, treatment)
    on_path = moved & nx.ancestors(graph, outcome)
    mediators = tuple(sorted(set(controls) & on_path))
    descendants = tuple(sorted((set(controls) & moved) - on_path))
    behind = graph.copy()
    behind.remove_edges_from(list(graph.out_edges(treatment)))
    given = set(controls)
    closed = bool(nx.is_d_separator(behind, {treatment}, {outcome}, given))
    path = () if closed else _open_path(behind, treatment, outcome, given)
    allowed = set(graph) - moved - {treatment, outcome} - set(diagram.unobserved)
    found = nx.find_minimal_d_separator(behind, {treatment}, {outcome}, restricted=allowed)
    return ControlCheck(
        treatment,
        outcome,
        mediators,
        descendants,
        path,
        closed and not mediators and not descendants,
        None if found is None else tuple(sorted(found)),
    )


def _open_path(graph: nx.DiGraph, treatment: str, outcome: str, given: set[str]) -> tuple[str, ...]:
    """Return the shortest path that d-connects treatment and outcome given the controls."""
    opened = {node for control in given for node in {control} | nx.ancestors(graph, control)}
    paths = nx.shortest_simple_paths(graph.to_undirected(), treatment, outcome)
    for path in paths:
        if all(
            (node in opened) if _collider(graph, *triple) else (node not in given)
            for triple in zip(path, path[1:], path[2:], strict=False)
            for node in [triple[1]]
        ):
            return tuple(path)
    return ()


def _collider(graph: nx.DiGraph, before: str, node: str, after: str) -> bool:
    return bool(graph.has_edge(before, node) and graph.has_edge(after, node))


def _faults(
    diagram: CausalDiagram, treatment: str, outcome: str, controls: Sequence[str]
) -> list[Fault]:
    known = ", ".join(sorted(diagram.nodes))
    faults = [
        Fault(f"'{name}'", f"a node: one of {known}", "Add it to the diagram.")
        for name in (treatment, outcome, *controls)
        if name not in diagram.nodes
    ]
    for name in controls:
        if name in {treatment, outcome}:
            faults.append(Fault(f"'{name}' among the controls", "other nodes", "Remove it."))
        if name in diagram.unobserved:
            faults.append(Fault(f"unobserved '{name}' as a control", "observed nodes", "Mend."))
    return faults
