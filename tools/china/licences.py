"""The licence each embedded table's figures were seen under, as `SOURCES.md` explains."""

from __future__ import annotations

_POLYGONS = "MIT (leiii/census)"
_NONE = "none stated by the compilation; plain published figures of fact"
_OURS = "computed here"

LICENCES = {
    "units": _POLYGONS,
    "population": _NONE,
    "gdp": _NONE,
    "built_up": "none stated for the sums; the rasters are in the public domain",
    "annual_status": _OURS,
    "census": _POLYGONS,
    "census_status": _OURS,
    "census_profile": f"{_POLYGONS}; earlier history of the 2010 workbook unknown",
    "census_age_sex": f"{_POLYGONS}; earlier history of the 2010 workbook unknown",
    "boundary_changes": _POLYGONS,
    "adjacency": _POLYGONS,
    "boundaries": _POLYGONS,
    "national": "as `source` says",
    "national_ages": "CC BY 3.0 IGO (United Nations)",
    "jobs": _NONE,
    "job_sectors": _NONE,
    "real_estate": "MIT said by a compilation of a database that is not its author's",
    "main_cities": "none stated (academic use)",
    "price_months": "CC BY 4.0 (zhanghanyuf/nbs-70cities) for the release; none stated for "
    "second_hand",
    "births": _NONE,
    "census_2000": "none stated; attribute table of a map whose maker is not named",
    "population_2023": "AGPL-3.0 for the repository (rbind/xiangyun); figures only are taken",
    "rd_personnel": "MIT (huhuaping/techme)",
    "flows": "the data are Baidu's; no licence to pass them on, and none is claimed",
    "flow_totals": "the data are Baidu's; no licence to pass them on, and none is claimed",
    "policy_dates": "facts, written down from the documents named in `source`",
    "policy_unconfirmed": "facts from memory, no document",
    "published_lists": "CC BY 4.0 for the code, data by source (as the authors' repository says)",
    "compiled_status": _OURS,
    "fingerprints": _OURS,
}
