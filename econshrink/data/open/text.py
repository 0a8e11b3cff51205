"""Plain text out of printed text: widths, spaces, footnote marks, traditional characters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Footnote marks must go before NFKC, which would turn 123.4① into 123.41.
_MARKS = re.compile(r"[\u2460-\u24ff\u2776-\u2793\u00b9\u00b2\u00b3\u2070-\u2079*†‡§#]+")
_SQUARE = re.compile(r"(?<=[mMｍＭ米])[²\u00b2]")
_SPACES = re.compile(r"\s+")
_MINUS = str.maketrans({"\u2212": "-", "\ufe63": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-"})
_KEY = re.compile(r"[^0-9a-z\u3400-\u9fff%‰=]")
CJK = re.compile(r"[\u3400-\u9fff]")

# Traditional (and Japanese-coded) forms of the characters in names of Chinese units and headings.
_TRADITIONAL = str.maketrans(
    "慶陽濟寧廣東門漢蘇無錫揚鎮臺溫紹興蕪馬銅廈龍巖贛鷹鄉棗莊煙濰萊濱澤鄭開頂鶴駐陝門黃岡鹹隨長嶽張懷婁關頭雲貴賀來賓欽瀘綿內樂達資"
    "義畢節麗臨滄薩寶雞蘭銀涼隴爾魯齊瑪瀋撫順遼錦營鐵嶺蘆島鴨綏濱烏鹽連遷陰亞瓊紅壯納慶壩樹圖雙楊農萬邁儀區縣別國澳龜饒"
    "運呂晉衛呉吳陸葉羅蔭膠劉莆漵滬粵肅貢縉維鄲倫貝彥邊鮮崗峽潛遠盤則崑華灣總計彞"
    "產業員數從億額財積單戶變設築學醫療圖書電話車輛郵稱標資進費銷價產間際徑環綠個張類幣離婚歲齡營",
    "庆阳济宁广东门汉苏无锡扬镇台温绍兴芜马铜厦龙岩赣鹰乡枣庄烟潍莱滨泽郑开顶鹤驻陕门黄冈咸随长岳张怀娄关头云贵贺来宾钦泸绵内乐达资"
    "义毕节丽临沧萨宝鸡兰银凉陇尔鲁齐玛沈抚顺辽锦营铁岭芦岛鸭绥滨乌盐连迁阴亚琼红壮纳庆坝树图双杨农万迈仪区县别国澳龟饶"
    "运吕晋卫吴吴陆叶罗荫胶刘莆溆沪粤肃贡缙维郸伦贝彦边鲜岗峡潜远盘则昆华湾总计彝"
    "产业员数从亿额财积单户变设筑学医疗图书电话车辆邮称标资进费销价产间际径环绿个张类币离婚岁龄营",
)


def strip_marks(text: str) -> str:
    """Remove footnote marks, keeping the square of m²."""
    return _MARKS.sub("", _SQUARE.sub("2", text))


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    r"""Text without footnote marks, in half width, with single spaces.

    Examples
    --------
    >>> plain("\u3000石\u3000家　庄（市）①")
    '石 家 庄(市)'
    """
    wide = unicodedata.normalize("NFKC", strip_marks(text))
    return _SPACES.sub(" ", wide.replace("\ufeff", "").replace("\u200b", "")).strip()


@lru_cache(maxsize=65536)
def key(text: str) -> str:
    """Lower-case letters, digits, Chinese characters and % ‰ = alone: the form that is compared.

    Examples
    --------
    >>> key("R&D 人员 (Full-time)")
    'rd人员fulltime'
    """
    return _KEY.sub("", simplified(plain(text).lower()))


def simplified(text: str) -> str:
    """Simplified form of the traditional characters that occur in names of units.

    Examples
    --------
    >>> simplified("齊齊哈爾市"), simplified("廈門")
    ('齐齐哈尔市', '厦门')
    """
    return text.translate(_TRADITIONAL)


def hyphens(text: str) -> str:
    """Every dash and minus sign as ``-``."""
    return text.translate(_MINUS)


@lru_cache(maxsize=65536)
def romanised(text: str) -> str:
    """Latin letters alone, accents removed (ü as u): the form in which pinyin is compared.

    Examples
    --------
    >>> romanised("Lü-liang"), romanised("Ürümqi"), romanised("Xi'an")
    ('luliang', 'urumqi', 'xian')
    """
    letters = unicodedata.normalize("NFKD", plain(text).lower())
    return "".join(c for c in letters if "a" <= c <= "z")


def column_letter(column: int) -> str:
    """Spreadsheet letter of a column counted from zero.

    Examples
    --------
    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
