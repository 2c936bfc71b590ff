"""Verifies what demo_city.py promises about residents.jsonl and orders.jsonl; prints counts, and problems where there are any.

It is not a test of the tool layer: it looks only at the files and at the catalogue and gazetteer that they refer to.
"""

import collections
import datetime
import json
import re

import demo_city_people

SEGMENTS = ["province", "city", "district", "street", "community", "grid", "road", "number", "building", "room"]
EVENTS = {"dispatched", "return_requested", "return_refused", "signed", "contacted", "extended", "suspended", "replied", "called_back", "redo", "archived"}


def report(world, files, out):
    """The exit code: 0 if every promise holds."""
    problems, residents, orders = [], [], []
    for name, text in files.items():
        path = out / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            problems.append(f"{path} is not what this seed gives; run without --check to write it")
    residents, orders = ([json.loads(line) for line in files[name].splitlines()] for name in ("residents.jsonl", "orders.jsonl"))
    problems += people_problems(world, residents) + order_problems(world, residents, orders) + planted_problems(world, orders)
    for problem in problems:
        print("problem:", problem)
    counts(world, residents, orders)
    print("ok" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


def people_problems(world, residents):
    problems, by_id = [], {resident["id"]: resident for resident in residents}
    streets = {(name, parent) for name, parent, level, _ in world["gazetteer"] if level == "street"}
    if len(residents) != 200 or len(by_id) != 200:
        problems.append(f"{len(by_id)} residents instead of 200")
    if len({resident["identity"] for resident in residents}) != len(residents):
        problems.append("two residents share an identity number")
    for resident in residents:
        problems += [f"{resident['id']}: {words}" for words in person_problems(resident, by_id, streets)]
    return problems


def person_problems(resident, by_id, streets):
    number, segments = resident["identity"], resident["segments"]
    tests = [
        (re.fullmatch(r"99\d{15}[\dX]", number) and demo_city_people.check_digit(number[:17]) == number[17], "identity number is not valid"),
        (number[6:14] == resident["birth"].replace("-", ""), "birth differs from the identity number"),
        (950 <= int(number[14:17]) <= 994 and (int(number[16]) % 2 == 1) == (resident["sex"] == "男"), "serial is not a made-up one of this sex"),
        (resident["mobile"] == "" or re.fullmatch(r"1[3-9]\d0000\d{4}", resident["mobile"]), "mobile has no 0000 in the middle"),
        (list(segments) == SEGMENTS and all(segments.values()), "address has not ten segments"),
        (resident["address"] == "".join(segments.values()), "address is not its segments joined"),
        ((segments["street"], segments["district"]) in streets, "street is not in the gazetteer"),
        (all(child in by_id for child in resident["children"]), "a child is unknown"),
        (all(by_id[child]["birth"][:4] >= str(int(resident["birth"][:4]) + 16) for child in resident["children"]), "a child is too old"),
        (not resident["spouse"] or by_id[resident["spouse"]]["spouse"] == resident["id"], "spouse does not point back"),
        ((resident["marital"] == "已婚") == bool(resident["spouse"]), "marital does not fit spouse"),
        (all(set(licence) == {"name", "number", "issued"} for licence in resident["licences"]), "a licence lacks a key"),
        (all(resident["birth"] <= licence["issued"] <= "2026-11-20" for licence in resident["licences"]), "a licence was issued at an impossible time"),
    ]
    return [words for holds, words in tests if not holds]


def order_problems(world, residents, orders):
    items = {item["code"]: item for item in world["items"]}
    people = {resident["id"] for resident in residents}
    problems = []
    tests = [
        (len(orders) == 1000, f"{len(orders)} orders instead of 1,000"),
        (len({order["id"] for order in orders}) == len(orders), "two orders share an id"),
        (len({order["text"] for order in orders}) == len(orders), "two texts are equal"),
        ([order["time"] for order in orders] == sorted(order["time"] for order in orders), "orders are not in order of time"),
        (orders[0]["time"] >= "2026-08-23" and orders[-1]["time"] < "2026-11-21", "an order lies outside the 90 days"),
        (len({order["item"] for order in orders}) >= 0.6 * len(items), "fewer than 60 % of the items appear"),
    ]
    problems += [words for holds, words in tests if not holds]
    for order in orders:
        item = items.get(order["item"], {})
        if (item.get("lead"), item.get("kind"), item.get("grade")) != (order["department"], order["kind"], order["grade"]):
            problems.append(f"{order['id']}: differs from the catalogue's item {order['item']}")
        if order["reporter"] not in people or order["district"] not in world["district"]:
            problems.append(f"{order['id']}: reporter or district is unknown")
        if re.search(r"[{}]|，，|。。", order["text"]):
            problems.append(f"{order['id']}: text has a slot or a doubled mark: {order['text']}")
        times = [event["time"] for event in order["events"]]
        if times != sorted(times) or (times and times[0] < order["time"]) or {event["event"] for event in order["events"]} - EVENTS:
            problems.append(f"{order['id']}: events are not in order or not known")
    return problems


def planted_problems(world, orders):
    problems, chains, hot = [], collections.defaultdict(list), collections.defaultdict(list)
    frequent = [order for order in orders if (order["planted"] or {}).get("kind") == "frequent"]
    for order in orders:
        planted = order["planted"] or {}
        if planted.get("kind") == "repeat":
            chains[planted["chain"]].append(order)
        if planted.get("kind") == "hot":
            hot[planted["issue"]].append(order)
    for issue in world["hot"]:
        found = hot[issue["issue"]]
        days = {order["time"][:10] for order in found}
        near = (datetime.date.fromisoformat(max(days)) - datetime.date.fromisoformat(min(days))).days < 10
        if len(found) < 20 or not near or {order["place"] for order in found} != {issue["estate"]}:
            problems.append(f"hot issue {issue['issue']} is not 20 orders in 10 days at one place")
    about = [{(order["reporter"], order["item"], order["place"]) for order in chain} for chain in chains.values()]
    if len(chains) != 15 or min(map(len, chains.values())) < 3 or max(map(len, about)) != 1:
        problems.append("repeats are not 15 chains of one person about one thing at one place")
    if any(order["planted"]["root"] != chain[0]["id"] for chain in chains.values() for order in chain):
        problems.append("a repeat does not name the first order of its chain")
    if len(frequent) != 40 or len({order["reporter"] for order in frequent}) != 1:
        problems.append("there is not one person with 40 messages")
    spikes = collections.Counter((order["item"], order["place"]) for order in orders if order["place"] and (order["planted"] or {}).get("kind") != "hot")
    if spikes and max(spikes.values()) >= 10:
        problems.append("an issue that was not planted looks hot")
    return problems


def counts(world, residents, orders):
    events = collections.Counter(kind for order in orders for kind in {event["event"] for event in order["events"]})
    first = [(order["due"], next((event["time"] for event in order["events"] if event["event"] == "replied"), "")) for order in orders]
    late = sum(reply > due for due, reply in first)
    used, leads = {order["item"] for order in orders}, {order["department"] for order in orders}
    parents = sum(bool(resident["children"]) for resident in residents)
    print(f"residents {len(residents)}, parents {parents}, licences {sum(len(resident['licences']) for resident in residents)}")
    print(f"orders {len(orders)}, items used {len(used)} of {len(world['items'])} ({len(used) / len(world['items']):.0%}), departments {len(leads)}")
    for key in ("kind", "grade", "district", "channel"):
        print(key, dict(sorted(collections.Counter(order[key] for order in orders).items())))
    print("planted", dict(sorted(collections.Counter((order["planted"] or {"kind": "none"})["kind"] for order in orders).items())))
    print(f"late replies {late}, orders with event", dict(sorted(events.items())))
