"""Reads a running server through FROST's own client, as any SensorThings program would.

    python3 -m venv target/frost && target/frost/bin/pip install frost-sta-client==1.1.53
    CHENGZHI_URL=http://127.0.0.1:8787 target/frost/bin/python scripts/sensorthings_client.py

The server needs readings, such as those of the demo city. The last line is `N passed, N failed`; the exit code is 1 on failure.
"""

import os
import sys

import frost_sta_client as sta
import requests

URL = os.environ.get("CHENGZHI_URL", "http://127.0.0.1:8787").rstrip("/") + "/v1.1"

service = sta.SensorThingsService(URL)


def conformance():
    root = requests.get(URL, timeout=30).json()
    names = {one["name"] for one in root["value"]}
    assert {"Things", "Datastreams", "Observations"} <= names, names
    assert root["serverSettings"]["conformance"], root


def things():
    found = service.things().query().count().top(5).list()
    assert len(found.entities) == 5 and found.count > 5, found.count
    assert found.next_link.startswith(URL), found.next_link
    everything = list(found)
    assert len(everything) == found.count, (len(everything), found.count)
    assert len({thing.id for thing in everything}) == found.count
    first = everything[0]
    again = service.things().find(first.id)
    assert again.name == first.name and again.properties["district"], again


def locations():
    with_places = service.things().query().expand("Locations").top(3).list()
    for thing in with_places:
        place = thing.locations.entities[0]
        assert place.location["type"] == "Point", place.location
        break


def datastreams():
    found = service.datastreams().query().expand("Thing,ObservedProperty").top(10).list()
    for datastream in found.entities:
        assert datastream.thing.name in datastream.name
        unit = datastream.unit_of_measurement
        assert unit.symbol and unit.definition.startswith("http://www.opengis.net/def/uom/UCUM/0/"), unit
    kind = found.entities[0].observed_property.id
    same = service.datastreams().query().filter(f"ObservedProperty/id eq '{kind}'").list()
    assert found.entities[0].id in {datastream.id for datastream in same}


def latest():
    options = "Observations($orderby=phenomenonTime desc;$top=1)"
    found = service.datastreams().query().expand(options).top(5).list()
    for datastream in found.entities:
        last = datastream.observations.entities[0]
        assert last.phenomenon_time and last.result is not None, last


def observations():
    datastream = service.datastreams().query().top(1).list().entities[0]
    newest = datastream.get_observations().query().orderby("phenomenonTime", "desc").top(20).count().list()
    times = [one.phenomenon_time for one in newest.entities]
    assert len(times) == 20 and times == sorted(times, reverse=True), times
    middle = times[10]
    since = datastream.get_observations().query().filter(f"phenomenonTime ge {middle}").orderby("phenomenonTime", "asc").list()
    assert [one.phenomenon_time for one in since] == sorted(times[:11]), middle
    value = newest.entities[0].result
    equal = datastream.get_observations().query().filter(f"result eq {value} and not phenomenonTime lt {middle}").count().list()
    assert equal.count >= 1 and all(one.result == value for one in equal.entities)
    one = service.observations().find(newest.entities[0].id)
    assert one.result == value


def paging():
    datastream = service.datastreams().query().top(1).list().entities[0]
    found = datastream.get_observations().query().select("@iot.id", "result").top(250).count().list()
    ids = [one.id for one in found]
    assert len(ids) == len(set(ids)) == found.count, (len(ids), found.count)


def errors():
    cases = [
        (400, lambda: service.things().query().filter("name eq").list()),
        (404, lambda: service.things().find("nobody")),
        (501, lambda: service.things().query().filter("startswith(name,'x')").list()),
    ]
    for status, ask in cases:
        try:
            ask()
        except requests.exceptions.HTTPError as error:
            assert error.response.status_code == status, error
            assert error.response.json()["error"]["message"]
        else:
            raise AssertionError(f"{status} expected")


def main():
    failed = 0
    checks = [conformance, things, locations, datastreams, latest, observations, paging, errors]
    for check in checks:
        try:
            check()
            print(f"ok      {check.__name__}")
        except Exception as problem:  # whatever the client makes of an answer
            failed += 1
            print(f"FAILED  {check.__name__}: {type(problem).__name__}: {problem}")
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
