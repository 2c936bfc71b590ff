#!/usr/bin/env python3
"""The client of PyPI `georeport` and plain requests against a running server, in XML and JSON.

    python3 -m venv target/open311-venv
    target/open311-venv/bin/pip install georeport==0.3.1
    CHENGZHI_URL=http://127.0.0.1:8787 CHENGZHI_API_KEY=cz_... target/open311-venv/bin/python scripts/open311_clients.py

`georeport` only reads. What it cannot do (discovery, to report, updates) is asked for as curl would; `curl` itself is
used where it is installed. CHENGZHI_API_KEY is a token as `chengzhi token add NAME --role citizen` prints it.
"""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

from georeport import GeoReport

BASE = os.environ.get("CHENGZHI_URL", "http://127.0.0.1:8787").rstrip("/") + "/open311/v2"
KEY = os.environ["CHENGZHI_API_KEY"]
CITY = "helan.example"


def get(path):
    with urllib.request.urlopen(f"{BASE}/{path}") as response:
        kind = response.headers["content-type"]
        assert kind == "text/xml; charset=utf-8", kind
        return ElementTree.fromstring(response.read())


def post(path, **fields):
    """Status and document of what is sent."""
    body = urllib.parse.urlencode(fields).encode()
    try:
        with urllib.request.urlopen(f"{BASE}/{path}", data=body) as response:
            return response.status, ElementTree.fromstring(response.read())
    except urllib.error.HTTPError as error:
        return error.code, ElementTree.fromstring(error.read())


def texts(element):
    return {member.tag: (member.text or "") for member in element}


def clients():
    return [GeoReport(BASE, jurisdiction=CITY, output_format=form) for form in ("json", "xml")]


def discovered():
    endpoint = get("discovery.xml").find("endpoints/endpoint")
    assert endpoint.find("url").text == BASE, endpoint.find("url").text
    assert [form.text for form in endpoint.find("formats")] == ["text/xml", "application/json"]


def services():
    json, xml = (client.get_service_list() for client in clients())
    assert len(json) == len(xml) > 300
    for one, other in zip(json, xml):
        for name in ("service_code", "service_name", "description", "type", "group"):
            assert one[name] == other[name], (one, other)
    return [service["service_code"] for service in json]


def definitions(codes):
    for code in codes[:20] + codes[-1:]:
        json, xml = (client.get_service_definition(code) for client in clients())
        assert json["service_code"] == xml["service_code"] == code
        attributes = xml["attributes"]["attribute"]
        assert [one["code"] for one in json["attributes"]] == [one["code"] for one in attributes]
        datatypes = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}
        assert {one["datatype"] for one in attributes} <= datatypes
    # One that can be reported without answering anything.
    return next(code for code in codes if not needed(code))


def needed(code):
    attributes = clients()[0].get_service_definition(code)["attributes"]
    return [attribute["code"] for attribute in attributes if attribute["required"]]


def reported(code, words):
    fields = {
        "api_key": KEY, "jurisdiction_id": CITY, "service_code": code, "description": words,
        "lat": "27.6034", "long": "118.6012", "first_name": "建国", "last_name": "张", "phone": "13900001234",
        "email": "zhang@mail.example", "attribute[time]": "昨晚",
    }
    for wrong, status in [
        ({"api_key": ""}, 403), ({"api_key": "cz_nonsense"}, 403), ({"jurisdiction_id": "elsewhere"}, 404),
        ({"service_code": "nothing"}, 404), ({"service_code": ""}, 400), ({"lat": "north"}, 400),
        ({"lat": "39.9", "long": "116.4"}, 400), ({"lat": "", "long": ""}, 400), ({"description": "x" * 4001}, 400),
        ({"attribute[colour]": "red"}, 400),
    ]:
        got, document = post("requests.xml", **(fields | wrong))
        assert got == status and document.tag == "errors", (wrong, got)
        assert texts(document.find("error"))["code"] == str(status)
    status, document = post("requests.xml", **fields)
    assert status == 200, ElementTree.tostring(document, encoding="unicode")
    receipt = texts(document.find("request"))
    again = texts(post("requests.xml", **fields)[1].find("request"))
    assert again["service_request_id"] == receipt["service_request_id"]
    return receipt["service_request_id"]


def read(number, code, words):
    json, xml = (client.get_service_request(number) for client in clients())
    assert json["service_request_id"] == xml["service_request_id"] == number
    assert json["description"] == xml["description"] == words
    assert json["status"] == "open" and json["lat"] == 27.6034
    assert json["service_code"] == xml["service_code"] == code
    for client in clients():
        listed = client.get_service_requests(service_code=code, status="open")
        listed = listed if isinstance(listed, list) else [listed]
        assert number in [one["service_request_id"] for one in listed]
        named = client.get_service_requests(service_request_id=f"{number},HL1", status="closed")
        named = named if isinstance(named, list) else [named]
        assert [one["service_request_id"] for one in named] == [number]
        shown = str(listed) + str(named)
        for personal in ("张建国", "13900001234", "zhang@mail.example"):
            assert personal not in shown, personal
    for query in ("status=pending", "start_date=2026-01-01", "start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z"):
        try:
            get(f"requests.xml?{query}")
        except urllib.error.HTTPError as error:
            assert error.code == 400, (query, error.code)
        else:
            raise AssertionError(query)


def updated(number):
    listed = get(f"servicerequestupdates.xml?service_request_id={number}")
    updates = [texts(update) for update in listed]
    assert updates and updates[0]["status"] == "OPEN", updates
    assert {update["service_request_id"] for update in updates} == {number}
    fields = {"api_key": KEY, "service_request_id": number, "description": "x", "updated_datetime": "2026-11-21T12:00:00+08:00"}
    status, document = post("servicerequestupdates.xml", **fields, status="FIXED_BY_ME")
    assert status == 400 and document.tag == "errors"
    status, _ = post("servicerequestupdates.xml", **fields, status="IN_PROGRESS")
    assert status == 403, status
    status, document = post("servicerequestupdates.xml", **fields, status="CANCELLED")
    assert status == 200, ElementTree.tostring(document, encoding="unicode")
    update = texts(document.find("request_update"))["update_id"]
    after = [texts(update) for update in get(f"servicerequestupdates.xml?service_request_id={number}")]
    assert after[: len(updates)] == updates
    assert (after[-1]["update_id"], after[-1]["status"]) == (update, "CANCELLED"), after
    assert get(f"requests/{number}.xml").find("request/status").text == "closed"


def curl():
    """The same as a person at a terminal would ask."""
    program = shutil.which("curl")
    if program is None:
        print("curl: not installed, left out")
        return
    for more in (["discovery.xml"], ["services.xml"], ["services/0000.xml"], ["requests.xml"], ["servicerequestupdates.xml"]):
        answer = subprocess.run([program, "--silent", "--fail", f"{BASE}/{more[0]}"], check=True, capture_output=True)
        assert answer.stdout.startswith(b'<?xml version="1.0" encoding="utf-8"?>'), more
        ElementTree.fromstring(answer.stdout)
    words = f"<桥灯> & {time.time_ns()}"
    parts = {"api_key": KEY, "service_code": "0000", "address_string": "文庙广场", "description": words}
    given = [part for name, value in parts.items() for part in ("--data-urlencode", f"{name}={value}")]
    answer = subprocess.run([program, "--silent", "--fail", *given, f"{BASE}/requests.xml"], check=True, capture_output=True)
    number = ElementTree.fromstring(answer.stdout).find("request/service_request_id").text
    assert get(f"requests/{number}.xml").find("request/description").text == words


discovered()
known = services()
free = definitions(known)
said = f"桥上的灯 <都> & 护栏 坏了 {time.time_ns()}"
made = reported(free, said)
read(made, free, said)
updated(made)
curl()
print(f"georeport {made}: discovery, {len(known)} services, definitions, report, requests, updates, curl")
