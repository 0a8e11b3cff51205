"""Laboratory of flows: networks whose cities have known roles."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import ConvergenceError, Fault, SpecError
from econshrink.core.field_types import typed_fields
from econshrink.core.seeds import generator
from econshrink.lab.country.bounds import check
from econshrink.nouns.flows import FlowNetwork, FlowPanel

CORE, TWO_WAY, RECEIVER, LOSER, BALANCED = (
    "core",
    "two-way node",
    "receiver",
    "loser",
    "peripheral-balanced",
)
ROLES = (CORE, TWO_WAY, RECEIVER, LOSER, BALANCED)
# Sites in km: two cores, a node between them, a node far out, the others around.
SITES = (
    (0.0, 0.0),
    (110.0, -40.0),
    (50.0, -45.0),
    (-90.0, -260.0),
    (-120.0, -130.0),
    (-190.0, -220.0),
    (20.0, -190.0),
    (-230.0, -370.0),
    (120.0, 110.0),
    (180.0, -20.0),
    (260.0, 60.0),
    (-200.0, 110.0),
    (-210.0, -300.0),
)
PLAN = (CORE, CORE, TWO_WAY, TWO_WAY, RECEIVER, RECEIVER, *(LOSER,) * 4, *(BALANCED,) * 3)


@dataclass(frozen=True)
@typed_fields
class FlowSettings:
    """A network with planted roles.

    Parameters
    ----------
    roles : tuple of str
        Role of each city, out of `ROLES`.
    sites : tuple of tuple of float
        Place of each city on a plane, km.
    flow_per_pair : float
        Mean flow of an ordered pair and year.
    inverse_shape : float
        Overdispersion κ of single flows around their mean: Var = μ + κμ². Pairs and years are
        independent given the mean.
    decay : float
        Flows fall with distance to this power.
    core_size, receiver_size : float
        Size of core cities and receivers; other cities have size 1.
    size_sd : float
        Standard deviation of log sizes within a role.
    effectiveness : float
        (in − out) / (in + out) of receivers; minus this of losers. Two-way nodes and balanced
        cities have 0, and the cores give what receivers take and losers lose.
    turnover : float
        (in + out) / stock a year of a balanced city.
    two_way_turnover : float
        How many times as much a two-way node turns over.
    turnover_sd : float
        Standard deviation of log turnover within a role.
    years : int
        Years of the panel, the mean constant.

    Examples
    --------
    >>> len(FlowSettings().roles)
    13
    """

    roles: tuple[str, ...] = PLAN
    sites: tuple[tuple[float, float], ...] = SITES
    flow_per_pair: float = 200.0
    inverse_shape: float = 0.001
    decay: float = 1.0
    core_size: float = 5.0
    receiver_size: float = 2.0
    size_sd: float = 0.2
    effectiveness: float = 0.2
    turnover: float = 0.05
    two_way_turnover: float = 2.0
    turnover_sd: float = 0.15
    years: int = 1

    def __post_init__(self) -> None:
        further = []
        if len(self.roles) != len(self.sites):
            further.append(
                Fault(
                    f"{len(self.roles)} roles and {len(self.sites)} sites",
                    "one each",
                    "Match them.",
                )
            )
        odd = sorted(set(self.roles) - set(ROLES))
        if odd or CORE not in self.roles or len(self.roles) < 4:
            further.append(
                Fault(
                    f"roles {list(self.roles)}",
                    f"four cities, one core, of {', '.join(ROLES)}",
                    "Mend the plan.",
                    "FlowSettings.roles",
                )
            )
        bounds = {
            "flow_per_pair": (0.01, 1e7),
            "inverse_shape": (0, 10),
            "decay": (0, 5),
            "core_size": (0.1, 1e4),
            "receiver_size": (0.1, 1e4),
            "size_sd": (0, 2),
            "effectiveness": (0, 0.9),
            "turnover": (1e-6, 10),
            "two_way_turnover": (0.1, 100),
            "turnover_sd": (0, 2),
            "years": (1, 100),
        }
        check(self, bounds, further)

    def digest(self) -> str:
        """SHA-256 of all settings."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class PlantedFlows:
    """A drawn panel of networks with its truth.

    Parameters
    ----------
    panel : FlowPanel
        What is observed, one network a year.
    mean : ndarray, shape (n, n)
        Expected flows of a year.
    roles : tuple of str
    effectiveness, turnover : ndarray, shape (n,)
        True values by city.
    settings : FlowSettings
    """

    panel: FlowPanel
    mean: Floats
    roles: tuple[str, ...]
    effectiveness: Floats
    turnover: Floats
    settings: FlowSettings

    @property
    def network(self) -> FlowNetwork:
        """The years added up."""
        return self.panel.total() if len(self.panel.networks) > 1 else self.panel.networks[0]


def plant_roles(settings: FlowSettings | None = None, seed: int = 1) -> PlantedFlows:
    """Draw a panel of networks whose cities have known roles.

    1. Sizes m by role, times a log-normal factor; reach K_ij = d_ij^(−decay).
    2. Throughput T_i = m_i Σ_j K_ij m_j: a city near a core moves many people without being one.
    3. Arrivals T_i (1 + e_i)/2 and leavers T_i (1 − e_i)/2 with e by role.
    4. The mean has these margins and the odds ratios of m_i K_ij m_j (iterative fitting), so that
       a gravity model with distance is exactly right.
    5. Counts are gamma–Poisson; stocks are T over the role's turnover.

    Parameters
    ----------
    settings : FlowSettings, optional
    seed : int

    Returns
    -------
    PlantedFlows

    Raises
    ------
    SpecError
        Settings out of bounds, or cores too small to balance the other cities' net flow.

    Examples
    --------
    >>> planted = plant_roles(seed=3)
    >>> planted.roles[:3], planted.panel.networks[0].synthetic
    (('core', 'core', 'two-way node'), True)
    >>> bool(np.allclose(planted.effectiveness[[2, 4, 6]], [0, 0.2, -0.2]))
    True
    """
    chosen = settings or FlowSettings()
    rng = generator("lab.flows", seed)
    mean, effectiveness, both = _means(chosen, rng)
    rates = np.where(np.array(chosen.roles) == TWO_WAY, chosen.two_way_turnover, 1.0)
    rates = rates * chosen.turnover * np.exp(chosen.turnover_sd * rng.standard_normal(len(rates)))
    stocks = both / rates
    cities = tuple(f"{number:03d}" for number in range(1, len(rates) + 1))
    names = tuple(f"City {number}" for number in range(1, len(rates) + 1))
    networks = []
    for year in range(chosen.years):
        luck = np.ones_like(mean)
        if chosen.inverse_shape > 0:
            luck = rng.gamma(1.0 / chosen.inverse_shape, chosen.inverse_shape, mean.shape)
        networks.append(
            FlowNetwork(
                cities,
                rng.poisson(mean * luck).astype(np.float64),
                names_en=names,
                stocks=stocks,
                coordinates=_degrees(chosen.sites),
                year=year + 1,
                label=f"planted roles, settings {chosen.digest()[:12]}, seed {seed}",
                synthetic=True,
            )
        )
    return PlantedFlows(
        FlowPanel(tuple(networks)), mean, chosen.roles, effectiveness, both / stocks, chosen
    )


def _means(settings: FlowSettings, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Expected flows, true effectiveness, and throughput by city."""
    roles = np.array(settings.roles)
    size = np.ones(len(roles))
    size[roles == CORE], size[roles == RECEIVER] = settings.core_size, settings.receiver_size
    size = size * np.exp(settings.size_sd * rng.standard_normal(len(roles)))
    sites = np.array(settings.sites)
    km = np.sqrt(((sites[:, None] - sites) ** 2).sum(axis=2))
    np.fill_diagonal(km, np.inf)
    kernel = size[:, None] * km**-settings.decay * size
    both = 2 * kernel.sum(axis=1)
    both *= settings.flow_per_pair * len(roles) * (len(roles) - 1) / (both.sum() / 2)
    effect = np.where(roles == RECEIVER, settings.effectiveness, 0.0)
    effect = np.where(roles == LOSER, -settings.effectiveness, effect)
    core = roles == CORE
    effect[core] = -(effect @ both) / both[core].sum()
    if np.abs(effect[core]).max() >= 0.9:
        raise SpecError(
            Fault("cores that cannot balance the other cities", "larger cores", "Raise core_size.")
        )
    return _fitted(kernel, both * (1 - effect) / 2, both * (1 + effect) / 2), effect, both


def _fitted(kernel: Floats, leavers: Floats, arrivals: Floats) -> Floats:
    """The table with these margins and the odds ratios of `kernel`."""
    mean = kernel.copy()
    for _ in range(5000):
        mean *= (leavers / mean.sum(axis=1))[:, None]
        mean *= arrivals / mean.sum(axis=0)
        if np.abs(mean.sum(axis=1) / leavers - 1).max() < 1e-12:
            return mean
    raise ConvergenceError(Fault("margins that do not fit", "feasible margins", "Change sizes."))


def _degrees(sites: tuple[tuple[float, float], ...]) -> Floats:
    """Planar kilometres near 116.4 E, 39.9 N as degrees; only the drawing rests on it."""
    x, y = np.array(sites).T
    lat = 39.9 + y / 111.2
    return np.column_stack([116.4 + x / (111.2 * np.cos(np.radians(39.9))), lat])
