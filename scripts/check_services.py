"""Checks the service items (`tools/*/tool.toml` of kind `form`, `input.schema.json`) and the gold dialogues.

Every quotation must stand, letter for letter, in the named document under the named heading or article; the schema must
be valid JSON Schema 2020-12 with known `x-` keys only; conditions, materials and branches must name fields and values of
the schema; each dialogue's expectation must follow from both. It does not run the form: how words become values is
tested where that is written.

Needs Python 3.11 and `jsonschema` from PyPI.  Run: `python3 scripts/check_services.py`
(`--items DIR` where `tools/` and `agents/` lie elsewhere than `corpora/` and `seeds/`).
"""

import argparse
import json
import re
import sys
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

KINDS = {
    "name": "string", "identity": "string", "mobile": "string", "phone": "string", "credit_code": "string",
    "date": "string", "amount": "number", "integer": "integer", "address": "string", "mail": "string",
    "plate": "string", "bank": "string", "choice": "string", "yes_no": "boolean", "text": "string",
}
FIELD_KEYS = {
    "x-ask", "x-why", "x-kind", "x-source", "x-registry", "x-derived", "x-sensitivity", "x-words", "x-choices",
    "x-when", "x-skip", "x-critical",
}
PLAIN_KEYS = {
    "type", "title", "enum", "minLength", "maxLength", "pattern", "format", "minimum", "maximum",
}
TOP_KEYS = {"$schema", "title", "type", "additionalProperties", "required", "x-rules", "properties"}
REGISTRY = {"name", "sex", "birth", "identity", "mobile", "address", "household", "marital"}
TOOL_KEYS = {"title", "description", "kind", "effect", "roles", "form", "condition", "material", "step", "branch"}
TABLE_KEYS = {
    "form": ({"department", "words", "guide", "limit"}, set()),
    "condition": ({"text", "clause", "needs"}, {"rule", "file"}),
    "material": ({"name", "original", "copies", "clause", "quote"}, {"when", "licence", "shared", "file"}),
    "step": ({"text", "clause"}, {"file", "when"}),
    "branch": ({"field", "value", "materials"}, set()),
}
COMPARISONS = ("at_least", "at_most", "one_of", "is")
TYPES = {
    "simple", "branch", "prefill", "correction", "unknown", "skip", "digression", "hostile", "incomplete",
    "wrong_checksum", "cancel", "not_eligible", "unknown_service",
}
STATES = {"submitted", "review", "asks", "refused", "cancelled", "not_eligible"}
DIALOGUE_KEYS = ["id", "type", "service", "resident", "turns", "expect"]
EXPECT_KEYS = ["values", "asks", "state", "materials", "never"]
PREFACE = "文首说明"
NUMERALS = "一二三四五六七八九十百"

problems = []
counts = Counter()


def wrong(where, what):
    problems.append(f"{where}: {what}")


# Documents ----------------------------------------------------------------------------------------------------------


def sections(text):
    """Where each line stands: (offset of the line, labels under which it stands)."""
    heading = article = None
    offset = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if match := re.match(r"^## (.+)$", bare):
            heading, article = match[1], None
        elif match := re.match(rf"^(第[{NUMERALS}]+条) ", bare):
            article = match[1]
        elif re.match(rf"^[{NUMERALS}]+、.{{1,20}}$", bare):
            heading, article = bare, None
        yield offset, {label for label in (heading, article) if label} or {PREFACE}
        offset += len(line)


def stands(text, quotation, clause):
    """Whether a quotation stands in a text under a heading or article."""
    found = [match.start() for match in re.finditer(re.escape(quotation), text)]
    lines = list(sections(text))
    for at in found:
        labels = [labels for offset, labels in lines if offset <= at][-1]
        if clause is None or clause in labels:
            return True
    return False


class Documents:
    """The city's documents, each read once."""

    def __init__(self, folder):
        self.folder = folder
        self.texts = {}

    def check(self, where, file, quotation, clause):
        counts["quotations"] += 1
        path = self.folder / file
        if "/" in file or not path.is_file():
            return wrong(where, f"no document `{file}`")
        text = self.texts.setdefault(file, path.read_text(encoding="utf-8"))
        if not re.search(r"^status: current$", text, re.M):
            wrong(where, f"`{file}` is no longer in force")
        if quotation not in text:
            wrong(where, f"`{quotation[:40]}` does not stand in `{file}`")
        elif not stands(text, quotation, clause):
            wrong(where, f"`{quotation[:40]}` does not stand under `{clause}` in `{file}`")


# Schemas ------------------------------------------------------------------------------------------------------------


def check_schema(where, schema):
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return wrong(where, f"is no schema of draft 2020-12: {error.message}")
    if set(schema) - TOP_KEYS or not TOP_KEYS - {"x-rules"} <= set(schema):
        wrong(where, f"keys are {sorted(schema)}")
    if "$ref" in json.dumps(schema):
        wrong(where, "has a `$ref`")
    fields = schema["properties"]
    if not 6 <= len(fields) <= 14:
        wrong(where, f"{len(fields)} fields")
    if set(schema["required"]) - set(fields):
        wrong(where, "`required` names no field")
    words = {}
    seen = set()
    for name, field in fields.items():
        check_field(f"{where} {name}", field, fields, seen, words)
        seen.add(name)
        counts["fields"] += 1
    for rule in schema.get("x-rules", []):
        kinds = {"not_before": ("date", "date"), "equals_birth": ("date", "identity")}[rule["rule"]]
        for key, kind in zip(("field", "other"), kinds):
            if fields.get(rule[key], {}).get("x-kind") != kind:
                wrong(where, f"x-rules: `{rule[key]}` is no field of kind {kind}")


def check_field(where, field, fields, seen, words):
    extra = {key for key in field if key not in FIELD_KEYS | PLAIN_KEYS}
    if extra:
        wrong(where, f"unknown keys {sorted(extra)}")
    missing = {"type", "title", "x-ask", "x-why", "x-kind", "x-source", "x-sensitivity", "x-words"} - set(field)
    if missing:
        return wrong(where, f"lacks {sorted(missing)}")
    kind = field["x-kind"]
    if KINDS.get(kind) != field["type"]:
        wrong(where, f"kind {kind} with type {field['type']}")
    if (kind == "choice") != ("enum" in field) or (kind == "choice") > ("x-choices" in field):
        wrong(where, "`enum` and `x-choices` go with the kind `choice`")
    if "x-choices" in field and kind not in ("choice", "yes_no"):
        wrong(where, "x-choices are for the kinds `choice` and `yes_no`")
    if not set(field["x-source"]) <= {"given", "registry", "derived"} or not field["x-source"]:
        wrong(where, "x-source")
    if ("registry" in field["x-source"]) != (field.get("x-registry") in REGISTRY):
        wrong(where, "x-registry")
    if ("derived" in field["x-source"]) != ("x-derived" in field):
        wrong(where, "x-derived")
    if "x-derived" in field:
        other, _, part = field["x-derived"].partition(".")
        if other not in seen or fields[other]["x-kind"] != "identity" or part not in ("birth", "sex"):
            wrong(where, f"x-derived `{field['x-derived']}`")
    if field["x-sensitivity"] not in ("public", "personal", "sensitive"):
        wrong(where, "x-sensitivity")
    if "？" not in field["x-ask"]:
        wrong(where, f"is no question: {field['x-ask']}")
    if len(re.findall("？", field["x-ask"])) > 2:
        wrong(where, "asks more than one thing")
    for word in field["x-words"]:
        if len(word) < 2:
            wrong(where, f"the word `{word}` is too short to mean one thing")
        other = words.setdefault(word, where)
        if other != where and not apart(fields, where.split()[-1], other.split()[-1]):
            wrong(where, f"the word `{word}` is also one of `{other}`")
    check_choices(where, field)
    check_when(where, field.get("x-when", {}), fields, seen)


def apart(fields, one, other):
    """Whether two fields never apply together."""
    first, second = fields[one].get("x-when", {}), fields[other].get("x-when", {})
    return any(not set(first[name]) & set(second[name]) for name in first if name in second)


def check_choices(where, field):
    choices = field.get("x-choices", [])
    listed = field.get("enum", [True, False] if choices else [])
    if [choice["value"] for choice in choices] != listed:
        wrong(where, f"x-choices are not {listed}")
    taken = {}
    for choice in choices:
        if not choice["words"]:
            wrong(where, f"no words for {choice['value']}")
        for word in {choice["title"], *choice["words"]}:
            if taken.setdefault(word, choice["value"]) != choice["value"]:
                wrong(where, f"`{word}` stands for two values")


def check_when(where, when, fields, seen=None):
    for name, values in when.items():
        if name not in fields or (seen is not None and name not in seen):
            wrong(where, f"when: `{name}` is no field before this one")
        elif not values:
            wrong(where, f"when: no values for `{name}`")
        else:
            for value in values:
                if not Draft202012Validator(fields[name]).is_valid(value):
                    wrong(where, f"when: `{name}` is never {value!r}")


# Items --------------------------------------------------------------------------------------------------------------


def holds(when, values):
    """Whether each field of a `when` has one of its values; an open field has none."""
    return all(name in values and values[name] in listed for name, listed in when.items())


def selected(tool, values):
    """Names of the materials for these values, in order."""
    return [material["name"] for material in tool["material"] if holds(material.get("when", {}), values)]


def applies(fields, name, values):
    """Whether a field applies: the fields it depends on apply and have the values."""
    when = fields[name].get("x-when", {})
    return holds(when, values) and all(applies(fields, other, values) for other in when)


def passes(rule, value):
    """Whether a value satisfies a condition's rule."""
    if "at_least" in rule:
        return value >= rule["at_least"]
    if "at_most" in rule:
        return value <= rule["at_most"]
    return value in rule["one_of"] if "one_of" in rule else value == rule["is"]


def failed(tool, fields, values):
    """Fields whose values fail a condition."""
    rules = [condition["rule"] for condition in tool["condition"] if "rule" in condition]
    return [
        rule["field"] for rule in rules
        if rule["field"] in values and applies(fields, rule["field"], values) and not passes(rule, values[rule["field"]])
    ]


def check_rule(where, rule, needs, fields):
    compared = [key for key in COMPARISONS if key in rule]
    if set(rule) - {"field", *COMPARISONS} or len(compared) != 1:
        return wrong(where, f"rule {rule}")
    field = fields.get(rule["field"])
    if field is None or rule["field"] not in needs:
        return wrong(where, f"rule: `{rule['field']}` is no field in `needs`")
    key, value = compared[0], rule[compared[0]]
    if key in ("at_least", "at_most") and field["type"] not in ("integer", "number"):
        wrong(where, f"rule: `{rule['field']}` is no number")
    for one in value if key == "one_of" else [value]:
        if not Draft202012Validator(field).is_valid(one):
            wrong(where, f"rule: `{rule['field']}` is never {one!r}")


def check_keys(where, table, name):
    needed, allowed = TABLE_KEYS[name]
    if not needed <= set(table) or set(table) - needed - allowed:
        wrong(where, f"keys of [{name}] are {sorted(table)}")


def check_tool(folder, tool, schema, departments, documents):
    where = folder.name
    fields = schema["properties"]
    if set(tool) - TOOL_KEYS or not TOOL_KEYS - {"branch"} <= set(tool):
        wrong(where, f"keys are {sorted(tool)}")
    if (tool["kind"], tool["effect"]) != ("form", "write") or set(tool["roles"]) - {"citizen", "officer"}:
        wrong(where, "kind, effect or roles")
    form = tool["form"]
    for name in ("form", "condition", "material", "step", "branch"):
        tables = tool.get(name, [])
        for number, table in enumerate([tables] if isinstance(tables, dict) else tables, 1):
            check_keys(f"{where} {name} {number}", table, name)
    if form["department"] not in departments:
        wrong(where, f"no department `{form['department']}`")
    if not 6 <= len(form["words"]) <= 15 or len(set(form["words"])) != len(form["words"]):
        wrong(where, f"{len(form['words'])} words")
    if form["guide"]["corpus"] != "helan":
        wrong(where, "another corpus")
    guide = form["guide"]["file"]
    documents.check(f"{where} limit", guide, form["limit"], None)
    for number, condition in enumerate(tool["condition"], 1):
        place = f"{where} condition {number}"
        documents.check(place, condition.get("file", guide), condition["text"], condition["clause"])
        if set(condition["needs"]) - set(fields):
            wrong(place, f"needs {condition['needs']}")
        if "rule" in condition:
            counts["rules"] += 1
            check_rule(place, condition["rule"], condition["needs"], fields)
    for number, material in enumerate(tool["material"], 1):
        check_material(f"{where} material {number}", material, guide, fields, documents)
    for number, step in enumerate(tool["step"], 1):
        place = f"{where} step {number}"
        documents.check(place, step.get("file", guide), step["text"], step["clause"])
        check_when(place, step.get("when", {}), fields)
    for branch in tool.get("branch", []):
        counts["branches"] += 1
        place = f"{where} branch {branch['value']}"
        check_when(place, {branch["field"]: [branch["value"]]}, fields)
        list_ = selected(tool, {branch["field"]: branch["value"]})
        if list_ != branch["materials"]:
            wrong(place, f"lists {branch['materials']}, but the materials are {list_}")


def check_material(where, material, guide, fields, documents):
    counts["materials"] += 1
    documents.check(where, guide, material["quote"], material["clause"])
    check_when(where, material.get("when", {}), fields)
    if ("licence" in material) != ("shared" in material):
        wrong(where, "`licence` and `shared` go together")
    if "file" in material and "shared" not in material:
        wrong(where, "`file` is for `shared`")
    if "shared" in material:
        counts["shareable"] += 1
        documents.check(where, material.get("file", guide), material["shared"], None)


def check_words(tools):
    owners = {}
    for name, tool in tools.items():
        for word in tool["form"]["words"]:
            other = owners.setdefault(word, name)
            if other != name:
                wrong(name, f"the word `{word}` is also one of {other}")


# Dialogues ----------------------------------------------------------------------------------------------------------


def identity_is_valid(number):
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return "10X98765432"[sum(w * int(d) for w, d in zip(weights, number)) % 11] == number[17]


def check_person(where, text, sound):
    """Numbers in a text are of people who do not exist."""
    for number in re.findall(r"(?<![0-9A-Z])[0-9]{17}[0-9Xx](?![0-9A-Z])", text):
        if sound and not identity_is_valid(number.upper()):
            wrong(where, f"identity {number} has a wrong check character")
        if not (number.startswith("990101") and 950 <= int(number[14:17]) <= 994):
            wrong(where, f"identity {number} could be somebody's")
    for number in re.findall(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", text):
        if number[3:7] != "0000":
            wrong(where, f"mobile {number} could be somebody's")


def check_dialogue(where, dialogue, tools, schemas):
    if list(dialogue) != DIALOGUE_KEYS or list(dialogue["expect"]) != EXPECT_KEYS:
        return wrong(where, "keys")
    expect, service, kind = dialogue["expect"], dialogue["service"], dialogue["type"]
    if kind not in TYPES or expect["state"] not in STATES or not dialogue["turns"]:
        wrong(where, "type, state or turns")
    for turn in dialogue["turns"]:
        check_person(where, turn, kind != "wrong_checksum")
    check_person(where, json.dumps([dialogue["resident"], expect["values"]], ensure_ascii=False), True)
    counts[f"dialogues {kind}"] += 1
    counts[f"state {expect['state']}"] += 1
    if (service is None) != (kind == "unknown_service"):
        wrong(where, "service")
    if service is None:
        if expect["values"] or expect["asks"] or expect["materials"] or expect["state"] != "refused":
            wrong(where, "an unknown service expects something")
        return
    if service not in tools:
        return wrong(where, f"no service `{service}`")
    check_expectation(where, dialogue, tools[service], schemas[service])


def check_expectation(where, dialogue, tool, schema):
    fields, expect = schema["properties"], dialogue["expect"]
    values, state = expect["values"], expect["state"]
    said = "\n".join(dialogue["turns"]) + json.dumps(dialogue["resident"], ensure_ascii=False)
    for name, value in values.items():
        if name not in fields:
            wrong(where, f"`{name}` is no field")
            continue
        if not Draft202012Validator(fields[name]).is_valid(value) or not applies(fields, name, values):
            wrong(where, f"`{name}` cannot be {value!r} here")
        if fields[name]["x-kind"] == "identity" and not identity_is_valid(value):
            wrong(where, f"`{name}` has a wrong check character")
        literal = fields[name]["x-kind"] in ("name", "identity", "mobile", "address", "bank", "plate", "credit_code", "text")
        if literal and "x-derived" not in fields[name] and value.lower() not in said.lower():
            wrong(where, f"nobody said `{value}`")
    open_ = [name for name in schema["required"] if applies(fields, name, values) and name not in values]
    if state in ("submitted", "review") and [name for name in open_ if not fields[name].get("x-skip")]:
        wrong(where, f"{state}, but open: {open_}")
    if set(expect["asks"]) - set(fields):
        wrong(where, "asks no field")
    if (state == "not_eligible") != bool(failed(tool, fields, values)):
        wrong(where, f"{state}, but conditions failed: {failed(tool, fields, values)}")
    if (state == "not_eligible") != (dialogue["type"] == "not_eligible"):
        wrong(where, f"type {dialogue['type']}, state {state}")
    if state == "asks" and (not expect["asks"] or expect["asks"][-1] not in open_):
        wrong(where, f"asks {expect['asks'][-1:]}, but open are {open_}")
    shown = [fields[name][key] for name in expect["asks"] for key in ("x-ask", "x-why")] + expect["materials"]
    shown += [step["text"] for step in tool["step"] if holds(step.get("when", {}), values)]
    shown += [condition["text"] for condition in tool["condition"]]
    for never in expect["never"]:
        if any(never in text for text in shown):
            wrong(where, f"`{never}` may not appear, but is in a question, a condition, a step or a material")
    materials = selected(tool, values) if state in ("submitted", "review") else []
    if materials != expect["materials"]:
        wrong(where, f"materials {expect['materials']}, but {materials}")


def check_first(where, dialogue, tools):
    """The first turn has a word of the service, and none of another that is as long."""
    first = dialogue["turns"][0]
    hits = {(len(word), name) for name, tool in tools.items() for word in tool["form"]["words"] if word in first}
    longest = {name for length, name in hits if length == max(hits)[0]}
    if longest != ({dialogue["service"]} if dialogue["service"] else set()):
        wrong(where, f"the first turn leads to {sorted(longest)}")


def check_dialogues(path, tools, schemas):
    ids = set()
    served = Counter()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        dialogue = json.loads(line)
        where = f"{path.name}:{number}"
        if dialogue["id"] in ids:
            wrong(where, f"id {dialogue['id']} again")
        ids.add(dialogue["id"])
        served[dialogue["service"]] += 1
        check_dialogue(where, dialogue, tools, schemas)
        check_first(where, dialogue, tools)
    if len(ids) < 40:
        wrong(path.name, f"only {len(ids)} dialogues")
    for kind in sorted(TYPES):
        if not counts[f"dialogues {kind}"]:
            wrong(path.name, f"no dialogue of type {kind}")
    for name in sorted(set(tools) - set(served)):
        wrong(path.name, f"no dialogue for {name}")
    return len(ids)


def main():
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Checks service items and their dialogues.")
    parser.add_argument("--root", type=Path, default=here, help="folder with `corpora/` and `seeds/`")
    parser.add_argument("--items", type=Path, default=None, help="folder with `tools/` and `agents/`")
    options = parser.parse_args()
    items = options.items or options.root
    departments = {entry["name"] for entry in tomllib.loads(
        (options.root / "seeds/departments.toml").read_text(encoding="utf-8"))["department"]}
    documents = Documents(options.root / "corpora/helan/docs")
    tools, schemas = {}, {}
    for manifest in sorted((items / "tools").glob("*/tool.toml")):
        tool = tomllib.loads(manifest.read_text(encoding="utf-8"))
        if tool.get("kind") != "form" or "form" not in tool:
            continue
        name = manifest.parent.name
        tools[name] = tool
        schemas[name] = json.loads((manifest.parent / "input.schema.json").read_text(encoding="utf-8"))
        check_schema(f"{name} schema", schemas[name])
        check_tool(manifest.parent, tool, schemas[name], departments, documents)
    if len(tools) < 14:
        wrong("tools", f"only {len(tools)} service items")
    check_words(tools)
    dialogues = items / "agents/service-guide/dialogues.jsonl"
    number = check_dialogues(dialogues, tools, schemas) if dialogues.is_file() else wrong("dialogues", "missing") or 0
    print(f"{len(tools)} service items: {', '.join(tools)}")
    print(", ".join(f"{counts[key]} {key}" for key in
                    ("fields", "quotations", "rules", "materials", "shareable", "branches")))
    print(f"{number} dialogues: " + ", ".join(
        f"{key.split()[1]} {value}" for key, value in sorted(counts.items()) if key.startswith("dialogues ")))
    print("states: " + ", ".join(
        f"{key.split()[1]} {value}" for key, value in sorted(counts.items()) if key.startswith("state ")))
    for problem in problems:
        print(problem, file=sys.stderr)
    print("problems:", len(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
