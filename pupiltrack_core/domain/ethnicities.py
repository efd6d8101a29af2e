"""Ethnic backgrounds as the school census codes them, and the groups they are reported in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class EthnicGroup(StrEnum):
    """The major ethnic groups; Chinese stands apart from Asian, as in the DfE's primary tables."""

    WHITE = "WHITE"
    MIXED = "MIXED"
    ASIAN = "ASIAN"
    BLACK = "BLACK"
    CHINESE = "CHINESE"
    OTHER = "OTHER"
    UNCLASSIFIED = "UNCLASSIFIED"

    @property
    def label(self) -> str:
        """The words people see."""
        return _GROUP_LABELS[self]


_GROUP_LABELS = {
    EthnicGroup.WHITE: "White (all)",
    EthnicGroup.MIXED: "Mixed (all)",
    EthnicGroup.ASIAN: "Asian (all)",
    EthnicGroup.BLACK: "Black (all)",
    EthnicGroup.CHINESE: "Chinese (all)",
    EthnicGroup.OTHER: "Any other ethnic group (all)",
    EthnicGroup.UNCLASSIFIED: "Refused or not yet obtained",
}


@dataclass(frozen=True, slots=True)
class Ethnicity:
    """One of the main codes of the school census."""

    code: str
    label: str
    group: EthnicGroup


MAIN_ETHNICITIES = (
    Ethnicity("WBRI", "White British", EthnicGroup.WHITE),
    Ethnicity("WIRI", "White Irish", EthnicGroup.WHITE),
    Ethnicity("WIRT", "Traveller of Irish heritage", EthnicGroup.WHITE),
    Ethnicity("WROM", "Gypsy or Roma", EthnicGroup.WHITE),
    Ethnicity("WOTH", "Any other White background", EthnicGroup.WHITE),
    Ethnicity("MWBC", "White and Black Caribbean", EthnicGroup.MIXED),
    Ethnicity("MWBA", "White and Black African", EthnicGroup.MIXED),
    Ethnicity("MWAS", "White and Asian", EthnicGroup.MIXED),
    Ethnicity("MOTH", "Any other mixed background", EthnicGroup.MIXED),
    Ethnicity("AIND", "Indian", EthnicGroup.ASIAN),
    Ethnicity("APKN", "Pakistani", EthnicGroup.ASIAN),
    Ethnicity("ABAN", "Bangladeshi", EthnicGroup.ASIAN),
    Ethnicity("AOTH", "Any other Asian background", EthnicGroup.ASIAN),
    Ethnicity("BCRB", "Black Caribbean", EthnicGroup.BLACK),
    Ethnicity("BAFR", "Black African", EthnicGroup.BLACK),
    Ethnicity("BOTH", "Any other Black background", EthnicGroup.BLACK),
    Ethnicity("CHNE", "Chinese", EthnicGroup.CHINESE),
    Ethnicity("OOTH", "Any other ethnic group", EthnicGroup.OTHER),
    Ethnicity("REFU", "Refused", EthnicGroup.UNCLASSIFIED),
    Ethnicity("NOBT", "Not yet obtained", EthnicGroup.UNCLASSIFIED),
)
ETHNICITIES: dict[str, Ethnicity] = {ethnicity.code: ethnicity for ethnicity in MAIN_ETHNICITIES}

# The extended codes the DfE approves, by the main code each belongs to. Local authorities choose
# which they use; a code that is not here is kept as it is and belongs to no main code.
_EXTENDED_OF_MAIN = {
    "WBRI": "WCOR WENG WNIR WSCO WWEL WOWB",
    "WOTH": "WALB WBOS WCRO WGRE WGRK WGRC WITA WKOS WPOR WSER WTUR WTUK WTUC WEUR WEEU WWEU WOTW",
    "WROM": "WROG WROR WROO",
    "MWAS": "MWAP MWAI MWAO",
    "MOTH": "MAOE MABL MACH MBOE MBCH MCOE MWOE MWCH MOTM",
    "APKN": "AMPK AKPA AOPK",
    "AOTH": "AAFR AKAO ANEP ASNL ASLT ASRO AOTA",
    "BAFR": "BANN BCON BGHA BNGN BSLN BSOM BSUD BAOF",
    "BOTH": "BEUR BNAM BOTB",
    "CHNE": "CHKC CMAL CSNG CTWN COCH",
    "OOTH": (
        "OAFG OARA OEGY OFIL OIRN OIRQ OJPN OKOR OKRD OLAM OLEB OLIB OMAL OMRC "
        "OPOL OTHA OVIE OYEM OOEG"
    ),
}
EXTENDED_ETHNICITIES: dict[str, str] = {
    code: main for main, codes in _EXTENDED_OF_MAIN.items() for code in codes.split()
}
_WELL_FORMED = re.compile(r"[A-Z]{4}")


def is_well_formed(code: str) -> bool:
    """Whether `code` has the shape of an ethnic code: four capital letters of the alphabet."""
    return _WELL_FORMED.fullmatch(code) is not None


def main_ethnicity(code: str) -> str | None:
    """Return the main code that `code` is or belongs to, in capitals; None for an unknown code."""
    tidy = code.strip().upper()
    if tidy in ETHNICITIES:
        return tidy
    return EXTENDED_ETHNICITIES.get(tidy)


def ethnicity_codes(value: str) -> frozenset[str]:
    """Return every stored code, main and extended, that the filter value stands for.

    `value` is a main code or an `EthnicGroup`. Raise ValueError for any other.
    """
    if value in ETHNICITIES:
        mains = {value}
    else:
        group = EthnicGroup(value)
        mains = {ethnicity.code for ethnicity in MAIN_ETHNICITIES if ethnicity.group is group}
    extended = {code for code, main in EXTENDED_ETHNICITIES.items() if main in mains}
    return frozenset(mains | extended)
