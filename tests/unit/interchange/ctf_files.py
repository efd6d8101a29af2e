"""Builds common transfer files in memory, as different systems write them. Made-up pupils."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from tests.unit.interchange.files import upn

HEADER = """<Header><DocumentName>Common Transfer File</DocumentName><CTFversion>25.0</CTFversion>
<DateTime>2025-11-20T09:00:00</DateTime><DocumentQualifier>partial</DocumentQualifier>
<SourceSchool><LEA>999</LEA><Estab>2009</Estab><SchoolName>Elsewhere</SchoolName></SourceSchool>
<DestSchool><LEA>999</LEA><Estab>2001</Estab></DestSchool></Header>"""


def spell(start: str, end: str = "") -> str:
    """One entitlement to free school meals."""
    over = f"<FSMendDate>{end}</FSMendDate>" if end else ""
    return f"<FSMinstance><FSMstartDate>{start}</FSMstartDate>{over}</FSMinstance>"


def provision(code: str, start: str = "2024-01-08") -> str:
    """One entry of the history of special educational needs."""
    return f"<SEN><StartDate>{start}</StartDate><SENprovision>{code}</SENprovision></SEN>"


def pupil_xml(number: int = 1, *, more: str = "", **changes: Any) -> str:
    """One pupil; `changes` are texts of elements, or the XML inside fsm, sen and languages."""
    values = {
        "upn": upn(number),
        "surname": f"Marsh{number}",
        "forename": f"Ivy{number}",
        "dob": "2016-11-04",
        "sex": "F",
        "ethnicity": "WBRI",
        "language": "ENG",
        "postcode": "LA1 4YF",
        "fsm": spell("2024-09-01"),
        "sen": provision("K"),
        **changes,
    }
    said = {key: escape(str(value)) for key, value in values.items()}
    return f"""<Pupil><UPN>{said["upn"]}</UPN><Surname>{said["surname"]}</Surname>
<Forename>{said["forename"]}</Forename><DOB>{said["dob"]}</DOB><Sex>{said["sex"]}</Sex>
<BasicDetails><NCyearActual>4</NCyearActual><Ethnicity>{said["ethnicity"]}</Ethnicity>
<Languages><Type><LanguageType>F</LanguageType><Language>{said["language"]}</Language></Type>
</Languages></BasicDetails><FSMhistory>{values["fsm"]}</FSMhistory>
<SENhistory>{values["sen"]}</SENhistory>
<Address><BS7666Address><Street>High Street</Street></BS7666Address>
<PostCode>{said["postcode"]}</PostCode></Address>
<Contacts><Contact><Surname>Parent</Surname><Address><PostCode>ZZ99 3AA</PostCode></Address>
</Contact></Contacts>{more}</Pupil>"""


def ctf_file(*pupils: str, header: str = HEADER, before: str = "") -> bytes:
    """The pupils as a file; without any, one pupil."""
    inside = "".join(pupils or (pupil_xml(),))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{before}<CTfile>{header}'
        f"<CTFpupilData>{inside}</CTFpupilData></CTfile>"
    ).encode()
