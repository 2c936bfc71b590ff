"""Write the synthetic residents and work orders of the demo city 和澜市.

It is a seeded generator: the same seed gives the same bytes. It is not a model of a real city and holds no real person, number or
text: region codes begin with 99, serials are 950-994 and every mobile number has 0000 in the middle.

    python3 scripts/demo_city.py --seed 1 --out seeds          # writes residents.jsonl and orders.jsonl
    python3 scripts/demo_city.py --seed 1 --out seeds --check  # verifies the files, and that the seed gives the same bytes
    python3 scripts/demo_city.py --gazetteer                   # prints the places used that seeds/gazetteer.tsv lacks
"""

import argparse
import json
import pathlib
import random
import sys
import tomllib

import demo_city_check
import demo_city_orders
import demo_city_people

HERE = pathlib.Path(__file__).resolve().parent
SEEDS = HERE.parent / "seeds"


def read_world():
    """Everything that was written by hand: places and phrases, sentences by item, the catalogue, the gazetteer."""
    world = tomllib.loads((HERE / "demo_city.toml").read_text(encoding="utf-8"))
    world["items"] = tomllib.loads((SEEDS / "dispatch.toml").read_text(encoding="utf-8"))["item"]
    world["sentences"] = {}
    for line in (HERE / "demo_city_sentences.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, sentence = line.split("\t")
            world["sentences"].setdefault(code, []).append(sentence)
    world["gazetteer"] = []
    for line in (SEEDS / "gazetteer.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            world["gazetteer"].append((line.split("\t") + ["", "", ""])[:4])
    return world


def as_lines(records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def make(world, seed):
    """Residents and orders as the text of the two files."""
    residents = demo_city_people.residents(world, random.Random(f"people {seed}"))
    orders = demo_city_orders.orders(world, residents, random.Random(f"orders {seed}"))
    return {"residents.jsonl": as_lines(residents), "orders.jsonl": as_lines(orders)}


def missing_places(world):
    """Lines in the form of gazetteer.tsv for roads, communities, estates, schools and shops that it does not hold."""
    known = {word for name, _, _, aliases in world["gazetteer"] for word in [name, *aliases.split()]}
    wanted = []
    for street in world["street"]:
        for key in ("roads", "communities", "estates"):
            wanted += [(name, street["district"]) for name in street[key]]
    for district, places in world["district"].items():
        for key in ("schools", "hospitals", "shops"):
            wanted += [(name, district) for name in places[key]]
    return [f"{name}\t{district}\tplace\t" for name, district in dict(wanted).items() if name not in known]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, default=SEEDS)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--gazetteer", action="store_true")
    options = parser.parse_args()
    world = read_world()
    if options.gazetteer:
        print("\n".join(missing_places(world)))
        return 0
    files = make(world, options.seed)
    if options.check:
        return demo_city_check.report(world, files, options.out)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (options.out / name).write_text(text, encoding="utf-8")
        print(f"{options.out / name}: {text.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
