"""Verifies the dispatch catalogue, the responsibility list behind it and the gold cases of the hotline's agents.

It reads files only and writes none. It does not judge whether a word is well chosen, but prints how often the words of the catalogue
meet the sentences of demo_city_sentences.tsv and the gold cases.

    python3 scripts/check_dispatch.py [--root DIR] [--docs DIR]   # DIR of the repository; DIR with the demo city's documents
"""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import sys
import tomllib

KINDS, GRADES = {"咨询", "求助", "投诉", "举报", "建议"}, {"特急", "紧急", "一般"}
FACTS = ["address", "time", "object", "contact"]
LIST = "responsibility-list-2026.md"
DIALOGUE_TYPES = {"single", "two_needs", "missing_address", "repeat", "emergency", "consultation", "outside_duty", "hostile", "correction",
                  "unknown_place", "cancel"}
STATES = {"submitted", "asks", "refused", "handoff", "cancelled"}
ARTICLE = re.compile(r"^(第[零一二三四五六七八九十百]+条)[ 　](.*)$", re.MULTILINE)
BASIS = re.compile(r"《([^》]+)》((?:第[零一二三四五六七八九十百]+条、?)*)")


def local_documents(docs):
    """Article numbers by title, for documents in force and lying in `docs` as Markdown; other formats have no articles here."""
    found = {}
    for path in sorted(docs.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if "\nstatus: current\n" in text:
            title = re.search(r"^title: (.*)$", text, re.MULTILINE).group(1)
            found[title] = {number.replace("條", "条") for number in re.findall(r"^(第[零一二三四五六七八九十百]+[条條])", text, re.MULTILINE)}
    register = docs.parent / "corpus.toml"
    for document in tomllib.loads(register.read_text(encoding="utf-8"))["document"] if register.exists() else []:
        found.setdefault(document["title"], set())
    return found


def list_problems(text, documents):
    problems, cited = [], 0
    for number, words in ARTICLE.findall(text):
        for title, articles in BASIS.findall(words):
            for article in filter(None, articles.split("、")):
                cited += 1
                if article not in documents.get(title, set()):
                    problems.append(f"{LIST} {number}: 《{title}》 has no {article}, or is not in force")
            if not articles and title not in documents and title.startswith(("和澜", "和瀾", "临江区", "云台区", "望海区", "松溪县")):
                problems.append(f"{LIST} {number}: 《{title}》 is not a document of the demo city")
    return problems, cited


def item_problems(item, departments, articles):
    words = item["words"]
    text = articles.get(item["duty"]["clause"], "")
    tests = [
        (re.fullmatch(r"\d{4}", item["code"]), "code is not four digits"),
        (3 <= len(words) <= 8 and len(set(words)) == len(words), f"{len(words)} words, or a word twice"),
        (item["lead"] in departments, f"lead {item['lead']} is not in departments.toml"),
        (all(name in departments for name in item.get("assist", [])), "assist is not in departments.toml"),
        (item["lead"] not in item.get("assist", []), "lead is also assist"),
        (item["kind"] in KINDS and item["grade"] in GRADES, "kind or grade is unknown"),
        (item["facts"] == [fact for fact in FACTS if fact in item["facts"]], "facts are unknown or not in order"),
        (item["duty"]["file"] == LIST and text.startswith(item["lead"] + "负责"), f"{item['duty']['clause']} does not give the duty to {item['lead']}"),
    ]
    return [f"item {item['code']} {item['name']}: {words}" for holds, words in tests if not holds]


def word_problems(items):
    """A word that is also part of another item's word must be told apart by `without`."""
    problems, owner = [], {}
    for item in items:
        for word in item["words"]:
            if word in owner:
                problems.append(f"word {word} belongs to {owner[word]} and {item['code']}")
            owner[word] = item["code"]
    for item in items:
        for word in item["words"]:
            for longer, code in owner.items():
                if code != item["code"] and word in longer and not any(out in longer for out in item.get("without", [])):
                    problems.append(f"word {word} of {item['code']} is part of {longer} of {code}; add it to without")
    return problems


def hits(items, text):
    """Codes of the items whose words occur in the text."""
    return {item["code"] for item in items if any(word in text for word in item["words"]) and not any(out in text for out in item.get("without", []))}


def case_problems(cases, items, departments):
    problems = []
    by_code = {item["code"]: item for item in items}
    for case in cases:
        split = "dev" if hashlib.sha256(case["id"].encode()).digest()[0] % 2 == 0 else "test"
        item = by_code.get(case["item"], {})
        if set(case) != {"id", "text", "gold", "item", "grade", "split"} or case["split"] != split:
            problems.append(f"case {case['id']}: keys or split are wrong")
        if not set(case["gold"]) <= departments or case["gold"][0] != item.get("lead") or case["grade"] != item.get("grade"):
            problems.append(f"case {case['id']}: gold differs from the catalogue")
    return problems


def dialogue_problems(dialogues, items, departments):
    problems, by_code = [], {item["code"]: item for item in items}
    for dialogue in dialogues:
        expect = dialogue["expect"]
        leads = list(dict.fromkeys(by_code[code]["lead"] for code in expect["items"] if code in by_code))
        said = "".join(dialogue["turns"])
        tests = [
            (set(dialogue) == {"id", "type", "turns", "expect"}, "keys are wrong"),
            (set(expect) == {"items", "lead", "grade", "state", "asks", "address_contains"}, "keys of expect are wrong"),
            (dialogue["type"] in DIALOGUE_TYPES and expect["state"] in STATES, "type or state is unknown"),
            (all(code in by_code for code in expect["items"]), "an item is unknown"),
            (expect["lead"] == leads and set(leads) <= departments, "lead differs from the catalogue"),
            (expect["grade"] in GRADES | {""} and set(expect["asks"]) <= set(FACTS), "grade or asks is unknown"),
            (not expect["address_contains"] or expect["address_contains"] in said or dialogue["type"] == "correction", "address was never said"),
        ]
        problems += [f"dialogue {dialogue['id']}: {words}" for holds, words in tests if not holds]
    return problems


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def tally(records, key):
    return dict(sorted(collections.Counter(record[key] for record in records).items()))


def counts(root, items, cases, dialogues):
    lines = (root / "scripts/demo_city_sentences.tsv").read_text(encoding="utf-8").splitlines()
    found = [(code, hits(items, sentence)) for code, sentence in (line.split("\t") for line in lines if line[0] != "#")]
    right = sum(code in hit for code, hit in found)
    wrong = sum(bool(hit) and code not in hit for code, hit in found)
    words = [word for item in items for word in item["words"]]
    free = sum(not any(word in case["text"] for word in words) for case in cases)
    print(f"catalogue: {len(items)} items in {len(tally(items, 'group'))} groups, {len(words)} words, {len(tally(items, 'lead'))} leads")
    print("  kinds", tally(items, "kind"), "grades", tally(items, "grade"))
    print(f"sentences: {len(found)} for {len({code for code, _ in found})} items; words find the item in {right}, only another in {wrong}")
    print(f"dispatcher: {len(cases)} cases of {len(tally(cases, 'item'))} items, {tally(cases, 'split')}, {free} free of every word of the catalogue")
    print(f"intake: {len(dialogues)} dialogues {tally(dialogues, 'type')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--docs", type=pathlib.Path)
    options = parser.parse_args()
    root, docs = options.root, options.docs or options.root / "corpora/helan/docs"
    items = tomllib.loads((root / "seeds/dispatch.toml").read_text(encoding="utf-8"))["item"]
    departments = {entry["name"] for entry in tomllib.loads((root / "seeds/departments.toml").read_text(encoding="utf-8"))["department"]}
    text = (root / "corpora/helan/docs" / LIST).read_text(encoding="utf-8")
    articles = dict(ARTICLE.findall(text))
    duties = [words for words in articles.values() if re.match(r"[^，。]+?负责", words) and words.split("负责")[0] in departments]
    problems, cited = list_problems(text, local_documents(docs))
    cases = read_lines(root / "agents/dispatcher/cases.jsonl")
    dialogues = read_lines(root / "agents/intake/dialogues.jsonl")
    if len({item["code"] for item in items}) != len(items) or len({item["name"] for item in items}) != len(items):
        problems.append("two items share a code or a name")
    for item in items:
        problems += item_problems(item, departments, articles)
    problems += word_problems(items) + case_problems(cases, items, departments) + dialogue_problems(dialogues, items, departments)
    for problem in problems:
        print("problem:", problem)
    names = {words.split("负责")[0] for words in duties}
    print(f"list: {len(articles)} articles, {len(duties)} duties of {len(names)} departments, {cited} articles of the demo city cited")
    counts(root, items, cases, dialogues)
    print("ok" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
