"""Other spellings of names: romanised minority names, short forms, words for sums."""

from __future__ import annotations

import re

ETHNIC = re.compile(
    "(朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|黎族|"
    "哈萨克|蒙古|柯尔克孜)+$"
)

SHORT_FORMS = {
    "巴州": "652800",
    "博州": "652700",
    "克州": "653000",
    "延边州": "222400",
    "香港": "810000",
    "澳门": "820000",
}

# Romanised forms (letters alone) beside the English name of the unit.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "141100": ("lyuliang", "luliang"),
    "150100": ("huhehaote", "huhhot", "hohot"),
    "150200": ("baotow",),
    "150600": ("eerduosi", "erdos", "erduosi"),
    "150700": ("hulunbeier", "hulunber", "hulunbeir"),
    "150800": ("bayannaoer", "bayannaur", "bayannao"),
    "150900": ("wulanchabu", "ulanchab"),
    "152200": ("xingan",),
    "152500": ("xilinguole", "xilingole"),
    "152900": ("alashan",),
    "222400": ("yanbiankorean",),
    "230100": ("haerbin",),
    "230200": ("qiqihaer",),
    "232700": ("daxinganling", "dahinggan", "dahingganling"),
    "341500": ("liuan",),
    "341600": ("haozhou",),
    "451000": ("bose",),
    "513200": ("aba",),
    "513300": ("ganzi", "garze"),
    "522300": ("qianxinan",),
    "532800": ("sipsongpanna",),
    "540100": ("lasa",),
    "540200": ("rikaze", "xigaze"),
    "540300": ("changdu", "chamdo"),
    "540400": ("linzhi",),
    "540500": ("lhoka",),
    "540600": ("naqu", "nagchu"),
    "542500": ("ali",),
    "632500": ("hainantibetan",),
    "632600": ("guoluo",),
    "650100": ("wulumuqi",),
    "650200": ("kelamayi",),
    "650400": ("tulufan",),
    "650500": ("kumul",),
    "652700": ("boertala", "bortalamongol"),
    "652800": ("bayinguoleng", "bayingol", "bayinguoleng"),
    "652900": ("akesu",),
    "653000": ("kezilesu",),
    "653100": ("kashi", "kaxgar"),
    "653200": ("hetian",),
    "654000": ("yili",),
    "654200": ("tarbagatay",),
    "654300": ("aletai",),
    "659002": ("alaer",),
    "659003": ("tumushuke",),
    "659008": ("kekedala",),
    "810000": ("xianggang",),
    "820000": ("macao", "aomen"),
}

PROVINCES_EN = {
    "neimenggu": "150000",
    "neimongol": "150000",
    "xizang": "540000",
    "shanxisheng": "140000",
    "taiwan": "710000",
    "台湾": "710000",
    "台湾省": "710000",
}

NATION = {"全国", "全国总计", "全国合计", "中国", "china", "nationaltotal", "nation", "national"}
TOTALS = {
    "合计",
    "总计",
    "小计",
    "全省",
    "全区",
    "全省合计",
    "全省总计",
    "平均",
    "城市合计",
    "地级城市合计",
    "total",
    "sum",
    "allcities",
    "average",
    "subtotal",
}
