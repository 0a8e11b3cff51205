"""China's units as an atlas names them: two languages, pinyin, and what they may be filtered by."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from econshrink.data import load_boundaries, load_units
from econshrink.report import Text

WINDOWS = ((73.0, 135.5, 17.6, 54.0), (105.5, 123.0, 2.5, 23.5))  # the map, the South China Sea

# Pinyin of Chinese names whose English name is not their pinyin.
_PINYIN = {
    "141100": "lvliang", "150100": "huhehaote", "150600": "eerduosi", "150700": "hulunbeier",
    "150800": "bayannaoer", "150900": "wulanchabu", "152200": "xingan", "152500": "xilinguole",
    "152900": "alashan", "230100": "haerbin", "230200": "qiqihaer", "513200": "aba",
    "513300": "ganzi", "540100": "lasa", "540200": "rikaze", "540300": "changdu",
    "540400": "linzhi", "540600": "naqu", "542500": "ali", "632500": "hainan",
    "632600": "guoluo", "650100": "wulumuqi", "650200": "kelamayi", "650400": "tulufan",
    "652700": "boertala", "652800": "bayinguoleng", "652900": "akesu", "653000": "kezilesu",
    "653100": "kashi", "653200": "hetian", "654000": "yili", "654200": "tacheng",
    "654300": "aletai", "659002": "alaer", "659003": "tumushuke", "659008": "kekedala",
    "810000": "xianggang", "820000": "aomen",
}  # fmt: skip
# Why a territory cannot be compared between the censuses, as `load_territories` says it.
TERRITORIES = {
    "Chaohu was divided among the other three in 2011": "巢湖2011年拆分划入另外三市",
    "townships moved to Xiongan": "部分乡镇划入雄安新区",
    "Gongzhuling moved": "公主岭市隶属变动",
    "published totals leave out a zone": "公布总数不含某区域",
    "Shou County moved": "寿县隶属变动",
    "Zongyang County moved": "枞阳县隶属变动",
    "bulletins and tabulation disagree in 2020; sums agree": "2020年公报与汇总表不一致，但合计一致",
    "Jianyang moved": "简阳市隶属变动",
    "Xixian New Area lies in both": "西咸新区跨两市",
    "published total of 2020 leaves out a zone": "2020年公布总数不含某区域",
    "Laiwu joined Jinan in 2019": "莱芜2019年并入济南",
    "published totals count a zone that the tabulations give to Shanwei":
        "公布总数含某区域，而汇总表将其计入汕尾",
    "tabulations count a zone that published totals give to Shenzhen":
        "汇总表含某区域，而公布总数将其计入深圳",
    "published total of 2010 differs without a documented change":
        "2010年公布总数不同，且无区划变动记录",
    "2010 covers Xisha only": "2010年仅含西沙",
    **{f"{name} was founded in between": f"{zh}市在两次普查之间设立" for name, zh in (
        ("Shuanghe", "双河"), ("Tiemenguan", "铁门关"), ("Kunyu", "昆玉"),
        ("Kokdala", "可克达拉"), ("Huyanghe", "胡杨河"), ("Beitun", "北屯"))},
}  # fmt: skip
_KINDS = {
    "municipality": Text("municipality", "直辖市"),
    "prefecture_city": Text("prefecture-level city", "地级市"),
    "prefecture": Text("prefecture", "地区"),
    "autonomous_prefecture": Text("autonomous prefecture", "自治州"),
    "league": Text("league", "盟"),
    "direct_county": Text("county-level unit under the province", "省直辖县级单位"),
    "sar": Text("special administrative region", "特别行政区"),
}
_STAGES = {
    "none": Text("no resource city", "非资源型城市"),
    "growing": Text("resource city, growing", "成长型资源城市"),
    "mature": Text("resource city, mature", "成熟型资源城市"),
    "declining": Text("resource city, declining", "衰退型资源城市"),
    "regenerating": Text("resource city, regenerating", "再生型资源城市"),
}
_REGIONS = {
    "east": Text("East", "东部"),
    "central": Text("Centre", "中部"),
    "west": Text("West", "西部"),
    "northeast": Text("Northeast", "东北"),
}


def units_337() -> pd.DataFrame:
    """The 337 prefecture-level units, with pinyin."""
    units = load_units()
    held = units[units["in_337"]]
    return held.assign(pinyin=[_pinyin(code, row) for code, row in held.iterrows()])


def _pinyin(code: object, row: pd.Series) -> str:
    spelt = unicodedata.normalize("NFKD", str(row["name_en"]).lower())
    return _PINYIN.get(str(code)) or re.sub("[^a-z]", "", spelt)


def attributes(units: pd.DataFrame) -> dict[str, tuple[Text, pd.Series]]:
    """Province, region, stage and kind of every unit."""
    provinces = [Text(en, zh) for en, zh in zip(units["province"], units["province_zh"],
                                                strict=True)]  # fmt: skip
    return {
        "province": (Text("Province", "省份"), pd.Series(provinces, index=units.index)),
        "region": (Text("Region", "区域"), units["region"].map(_REGIONS)),
        "stage": (Text("Resource stage", "资源型阶段"), units["resource_stage"].map(_STAGES)),
        "kind": (Text("Kind", "类别"), units["kind"].map(_KINDS)),
    }


def ghosts() -> dict[str, Text]:
    """Names of places that have an outline and are none of the 337 units."""
    units = load_units()
    rest = units[~units["in_337"]]
    named = {str(c): Text(str(r["name_en"]), str(r["name_zh"])) for c, r in rest.iterrows()}
    return {code: named[code] for code in load_boundaries() if code in named}
