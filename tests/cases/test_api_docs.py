"""The examples of the how-to work as they are printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from huying.kernel.problems import TITLES
from huying.matters.models import Matter
from huying.people import bearer
from huying.web.api import api
from tests.factories.api import program, told
from tests.factories.district import District

HOW_TO = (Path(__file__).resolve().parents[2] / "docs/how-to/api.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def full_buckets() -> None:
    bearer.throttle.forget()


@pytest.mark.django_db(transaction=True)
def test_the_python_example_runs(
    district: District, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVER", live_server.url)
    monkeypatch.setenv("API_KEY", program(["cases.receive", "cases.view"], channel="hotline").key)
    (example,) = re.findall(r"```python\n(.*?)```", HOW_TO, re.DOTALL)
    exec(compile(example, "docs/how-to/api.md", "exec"), {})
    assert Matter.objects.get().number in capsys.readouterr().out


@pytest.mark.django_db
def test_the_example_of_a_case_is_taken_in(district: District) -> None:
    (body,) = re.findall(r"-d '(\{\s.*?\n\s+\})'", HOW_TO, re.DOTALL)
    told(program().post("/cases", json.loads(body)), 201)


def test_the_paths_and_codes_it_names_are_there() -> None:
    paths = {re.sub(r"\{\w+\}", "X", path) for path in api.document["paths"]}
    for named in re.findall(r"/api/v1/(?:cases|attachments|options)[\w/]*", HOW_TO):
        assert re.sub(r"WC\d+|附件编号|编号", "X", named) in paths | {"/api/v1/cases/"}, named
    for status in re.findall(r"^\| ([\d、]+) \|", HOW_TO, re.MULTILINE):
        assert all(int(one) in TITLES for one in status.split("、"))
