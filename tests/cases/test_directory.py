"""What units are called where one is chosen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huying.kernel.generation import bump
from huying.people.directory import directory
from huying.people.models import Organisation
from tests.factories.district import BORN, District

pytestmark = pytest.mark.django_db


def test_two_of_one_name_say_under_whom_they_are(district: District) -> None:
    above = {"TWIN1": district.organisations["street"], "TWIN2": district.organisations["housing"]}
    for code, parent in above.items():
        Organisation.objects.create(
            code=code, name=f"{code}物业", short_name="东湖物业", kind="property", parent=parent, valid_from=BORN
        )
    bump("organisations")
    book = directory()
    twins = [book.by_code[code] for code in ("TWIN1", "TWIN2")]
    assert [one.label for one in twins] == ["东湖物业（徐家棚街道办事处）", "东湖物业（区住房保障和房屋管理局）"]
    assert book.name_of(twins[1].id) == "东湖物业（区住房保障和房屋管理局）"
    assert book.by_code["URBAN"].label == "区城市管理执法局"
    Organisation.objects.filter(code="TWIN1").update(valid_to=BORN + timedelta(days=1))
    bump("organisations")
    assert directory().by_code["TWIN2"].label == "东湖物业"
