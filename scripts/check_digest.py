"""Counts the past orders of the demonstration for `agents/work-order-summarizer/cases.jsonl`, without any code of the program.

    python3 scripts/check_digest.py            says where the cases differ from what is counted here
    python3 scripts/check_digest.py --write    writes the numbers and orders into the cases

A case says in its note which days it is about (`window FIRST LAST`) and which planted issues must be found (`issues
PLACE=ISSUE`). Needs nothing but Python 3.11.
"""

import datetime
import json
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASES = ROOT / "agents/work-order-summarizer/cases.jsonl"
ORDERS = ["evals/work-order-summarizer/orders.jsonl", "seeds/orders.jsonl"]
ZONE = datetime.timezone(datetime.timedelta(hours=8))
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=ZONE)
SHOWN = 12


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def moment(text):
    return datetime.datetime.fromisoformat(text).astimezone(ZONE)


def groups_by(orders, name):
    counts = {}
    for order in orders:
        counts[name(order)] = counts.get(name(order), 0) + 1
    return dict(sorted(counts.items(), key=lambda it: (-it[1], it[0]))[:SHOWN])


def last(order):
    return order["events"][-1]["event"] if order["events"] else ""


def rates(orders, begin, end):
    responded = resolved = satisfied = 0
    for order in orders:
        before = [event for event in order["events"] if moment(event["time"]) < end]
        answers = [it for it in before if it["event"] == "called_back" and moment(it["time"]) >= begin]
        if not answers:
            continue
        responded += answers[-1]["responded"]
        if before[-1]["event"] != "suspended":
            resolved += answers[-1]["resolved"]
            satisfied += answers[-1]["satisfied"]
    return {"responded": responded, "resolved": resolved, "satisfied": satisfied}


def counted(orders, items, first, end, question):
    here = [order for order in orders if first <= moment(order["time"]) < end]
    of = {
        "category": lambda order: items[order["item"]],
        "district": lambda order: order["district"],
        "department": lambda order: order["department"] if order["events"] else "未定",
        "grade": lambda order: order["grade"],
    }
    numbers = {"total": len(here)}
    for kind, name in of.items():
        if "按区县" in question and kind != "district":
            continue
        for group, count in groups_by(here, name).items():
            numbers[f"{kind}/{group}"] = count
    # An order of the past that is closed later than now does not occur.
    numbers["open"] = sum(last(order) not in ("archived", "suspended") for order in orders if moment(order["time"]) <= NOW)
    numbers.update(rates(orders, first, end))
    return here, numbers


def main():
    dispatch = tomllib.loads((ROOT / "seeds/dispatch.toml").read_text())
    items = {item["code"]: item["group"] for item in dispatch["item"]}
    orders = [order for file in ORDERS for order in read(ROOT / file)]
    cases, wrong = read(CASES), 0
    for case in cases:
        note = case.get("note", "").split()
        if not note or note[0] != "window":
            continue
        first, final = (datetime.datetime.fromisoformat(day).replace(tzinfo=ZONE) for day in note[1:3])
        here, numbers = counted(orders, items, first, final + datetime.timedelta(days=1), case["question"])
        behind = {"total": [order["id"] for order in sorted(here, key=lambda it: (moment(it["time"]), it["id"]))][:200]}
        for issue in note[4:]:
            place, name = issue.split("=")
            planted = [order["id"] for order in here if (order.get("planted") or {}).get("issue") == name]
            behind[f"issue/{place}"] = planted
        for key, value in (("numbers", numbers), ("orders", behind)):
            if case["digest"][key] != value:
                wrong += 1
                print(f"{case['id']}: {key} differ")
            case["digest"][key] = value
    if "--write" in sys.argv:
        CASES.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases))
    elif wrong:
        sys.exit(1)
    print(f"{len(cases)} cases, {wrong} lists changed")


main()
