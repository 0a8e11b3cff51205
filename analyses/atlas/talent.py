"""The talent region for the atlas: observed trips, roles, research staff."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analyses.shared.flow_source import CLAIMED, synthetic_flows
from econshrink import FlowNetwork
from econshrink.data import flows_installed, load_flows, load_rd_personnel
from econshrink.lab import BALANCED, CORE, LOSER, RECEIVER, TWO_WAY
from econshrink.report import FlowRegion, Item, Sheet, Text, Yearly

CENTRES = {"Beijing": "Beijing|北京", "Tianjin": "Tianjin|天津", "Hebei": "Hebei|河北"}
_ROLES = {
    CORE: Text("core", "核心"),
    TWO_WAY: Text("two-way", "双向节点"),
    RECEIVER: Text("receiver", "吸引"),
    LOSER: Text("loser", "流失"),
    BALANCED: Text("balanced", "平衡"),
    "two-way": Text("two-way", "双向节点"),
    "balanced": Text("balanced", "平衡"),
}
NONE = Text("–", "–")


def region(found: Mapping[str, Any], build: Path) -> FlowRegion:
    """Trips of one week between thirteen cities, the roles claimed and found, research staff."""
    observed = flows_installed()
    network: FlowNetwork = load_flows() if observed else synthetic_flows().networks[0]
    roles = _roles_found(build)
    kinds = {city: _ROLES.get(roles.get(label.lower(), ""), NONE)
             for city, label in zip(network.cities, network.labels, strict=True)}  # fmt: skip
    note = Text(
        "Mean daily index, 2–9 January 2020, all trips, Baidu Migration. Mobility of one week: "
        "not migration, not talent. No public matrix of talent flows was found."
        if observed
        else "The tables of observed trips are not installed: a synthetic network with the "
        "claimed roles planted in it.",
        "2020年1月2–9日日均指数，全部出行，百度迁徙。一周的出行：不是迁移，更不是人才。"
        "未找到公开的人才流动矩阵。"
        if observed
        else "未安装观测出行数据：此为植入所称角色的模拟网络。",
    )
    return FlowRegion(
        Text("Talent region: Beijing, Tianjin, Hebei", "京津冀人才区域"),
        network.cities,
        np.nan_to_num(np.asarray(network.flows)),
        (_sheet(network, found, roles, observed=observed),),
        (_research(),),
        kinds,
        note,
        "" if observed else "synthetic",
    )


def _roles_found(build: Path) -> dict[str, str]:
    """City to the role by rule, as the exhibit prints it."""
    found = sorted((build / "tables").glob("evidence_flows*.csv"))
    if not found:
        return {}
    with found[0].open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    heads = [place for place, row in enumerate(rows) if any("By rule" in cell for cell in row)]
    if not heads:
        return {}
    head = rows[heads[0]]
    place = next(k for k, cell in enumerate(head) if "By rule" in cell)
    return {row[0].lower(): row[place] for row in rows[heads[0] + 1 :] if len(row) > place}


def _sheet(
    network: FlowNetwork, found: Mapping[str, Any], roles: Mapping[str, str], *, observed: bool
) -> Sheet:
    rows = []
    chinese = network.names_zh or network.labels
    for city, label, zh in zip(network.cities, network.labels, chinese, strict=True):
        stem = f"evidence.flows.{label.lower()}"

        def number(name: str, form: str, stem: str = stem) -> Item:
            return Item(found.get(f"{stem}.{name}"), form)

        rows.append((
            Item(Text(label, zh), "text"),
            number("out", "number"),
            number("into", "number"),
            number("outside", "whole"),
            number("to_beijing", "whole"),
            number("to_tianjin", "whole"),
            number("effectiveness", "index"),
            number("se", "index"),
            Item(_ROLES.get(CLAIMED.get(city, ""), NONE), "text"),
            Item(_ROLES.get(roles.get(label.lower(), ""), NONE), "text"),
            number("chance", "whole"),
        ))  # fmt: skip
    return Sheet(
        "roles",
        Text("Trips, and the roles a report claims for talent", "出行，以及报告所称的人才角色"),
        (
            Text("City", "城市"),
            Text("Out", "流出"),
            Text("In", "流入"),
            Text("Outside the region", "区域外占比"),
            Text("Bound for Beijing", "去北京"),
            Text("Bound for Tianjin", "去天津"),
            Text("Balance", "净流入率"),
            Text("Error", "误差"),
            Text("Claimed", "所称角色"),
            Text("By rule", "按规则"),
            Text("Chance of the claimed role", "所称角色的概率"),
        ),
        tuple(rows),
        (
            Text(
                "Balance: (in − out)/(in + out), its error from the scatter around a gravity "
                "model. Chance: share of draws of the flows in which the claimed role comes out.",
                "净流入率：(流入−流出)/(流入+流出)，误差来自引力模型残差。概率：抽样中出现所称角色的比例。",
            ),
        ),
        "" if observed else "synthetic",
    )


def _research() -> Yearly:
    staff = load_rd_personnel()
    held = staff[staff["province"].isin(list(CENTRES))]
    wide = held.pivot(index="province", columns="year", values="personnel")
    wide = wide.loc[list(CENTRES)].rename(index=CENTRES)
    return Yearly(
        "research",
        Text("Research and development personnel, person-years", "研发人员（人年）"),
        wide,
        "research",
        "persons",
    )
