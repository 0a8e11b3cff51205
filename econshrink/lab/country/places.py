"""The synthetic map: cities in provinces in regions, their sites, sizes and lasting traits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from econshrink.core.arrays import Counts, Floats
from econshrink.core.seeds import generator
from econshrink.lab.country.people import PlaceSettings

Flags = NDArray[np.bool_]

MAP_RADIUS_KM = 1300.0
PROVINCE_SPREAD_KM = 380.0
CITY_SPREAD_KM = 130.0


@dataclass(frozen=True, eq=False)
class Places:
    """Cities and their lasting traits, in the order of their codes.

    Parameters
    ----------
    codes : tuple of str
        ``S`` + province (2 digits) + city (3 digits): never a real unit code.
    province, region : ndarray of int, shape (n,)
        Group numbers.
    province_names, region_names : tuple of str
        Names by group number.
    sites : ndarray, shape (n, 2)
        Coordinates on a plane, km.
    population : ndarray of int, shape (n,)
        Persons in the first year.
    resource, target : ndarray of bool, shape (n,)
        Cities with a large mining sector; cities an `Intervention` shifts.
    """

    codes: tuple[str, ...]
    province: Counts
    region: Counts
    province_names: tuple[str, ...]
    region_names: tuple[str, ...]
    sites: Floats
    population: Counts
    resource: Flags
    target: Flags

    @property
    def count(self) -> int:
        """Number of cities."""
        return len(self.codes)

    def attributes(self) -> pd.DataFrame:
        """Attribute table for `CityPanel`: names, province, region, resource."""
        return pd.DataFrame(
            {
                "name_en": [f"Synthetic city {code}" for code in self.codes],
                "name_zh": [f"合成城市{code}" for code in self.codes],
                "province": [self.province_names[p] for p in self.province],
                "region": [self.region_names[r] for r in self.region],
                "resource": np.where(self.resource, "yes", "no"),
            },
            index=pd.Index(self.codes, name="city"),
        )


def make_places(settings: PlaceSettings, seed: int, target_share: float = 0.5) -> Places:
    """Draw the map; `target_share` is the share of cities that an intervention shifts."""
    province = np.repeat(np.arange(sum(r.provinces for r in settings.regions)), _counts(settings))
    owner = np.repeat(np.arange(len(settings.regions)), [r.provinces for r in settings.regions])
    n = len(province)
    rng = generator("lab.places", seed)
    sites = _region_centres(len(settings.regions))[owner]
    sites = sites + PROVINCE_SPREAD_KM * rng.standard_normal(sites.shape)
    sites = sites[province] + CITY_SPREAD_KM * rng.standard_normal((n, 2))
    log_size = settings.size_sd * rng.standard_normal(n)
    size = np.exp(log_size)
    size *= settings.mean_population * n / size.sum()
    first = np.searchsorted(province, province)
    return Places(
        codes=tuple(
            f"S{p + 1:02d}{k:03d}" for p, k in zip(province, np.arange(n) - first + 1, strict=True)
        ),
        province=province.astype(np.int64),
        region=owner[province].astype(np.int64),
        province_names=tuple(f"Synthetic province {p + 1:02d}" for p in range(len(owner))),
        region_names=tuple(r.name for r in settings.regions),
        sites=sites,
        population=np.maximum(np.rint(size), 200).astype(np.int64),
        resource=rng.random(n) < settings.resource_share,
        target=generator("lab.target", seed).random(n) < target_share,
    )


def _counts(settings: PlaceSettings) -> Counts:
    """Cities per province: at least two each, the rest by region weight and largest remainder."""
    weights = np.concatenate(
        [np.full(r.provinces, r.weight / r.provinces) for r in settings.regions]
    )
    rest = settings.cities - 2 * len(weights)
    wish = np.maximum(settings.cities * weights / weights.sum() - 2, 0)
    quota = rest * wish / wish.sum() if wish.sum() > 0 else np.full(len(wish), rest / len(wish))
    whole = np.floor(quota).astype(np.int64)
    order = np.argsort(-(quota - whole), kind="stable")
    whole[order[: rest - int(whole.sum())]] += 1
    return np.asarray(whole + 2, dtype=np.int64)


def _region_centres(count: int) -> Floats:
    angle = 2 * np.pi * np.arange(count) / max(count, 1)
    return MAP_RADIUS_KM * np.column_stack([np.cos(angle), np.sin(angle)]) * (count > 1)
