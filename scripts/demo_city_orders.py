"""The synthetic work orders of the demo city: 1,000 in 90 days, with hot issues, repeats and one frequent caller planted.

It is the hotline half of demo_city.py. Limits of time follow 《和澜市12345政务服务便民热线管理办法》 (2024), articles 8 to 10 and 14;
tests may rely on `planted`, `due` and `events`, not on the exact words.
"""

import collections
import datetime
import re

COUNT = 1000
FIRST = datetime.date(2026, 8, 23)
LAST = datetime.date(2026, 11, 20)
ZONE = datetime.timezone(datetime.timedelta(hours=8))
END = datetime.datetime(2026, 11, 20, 23, 59, tzinfo=ZONE)
# Days off and make-up days of the State Council's notice for 2026 that fall into the window.
OFF = {datetime.date(2026, 9, day) for day in (25, 26, 27)} | {datetime.date(2026, 10, day) for day in range(1, 8)}
MAKE_UP = {datetime.date(2026, 9, 20), datetime.date(2026, 10, 10)}
CHANNELS = ["telephone"] * 6 + ["mobile"] * 2 + ["message", "web"]
CHAINS, FREQUENT = 15, 40
# Sorts of complaint that a hotline hears most; they are drawn several times as often as the others.
COMMON = {"城市管理", "住房物业", "市场监管", "水电气", "交通出行", "社保就业", "公安治安", "消防应急"}
# How a clause sounds when it asks something; such a text ends with a question mark.
QUESTION = re.compile(r"(吗|呢|怎么[^，]*|什么[^，]*|哪[^，]*|多少[^，]*|几(天|号|个|点)|谁来管|谁管|找谁|谁来抓|谁来修|咋办|[^，]*(能不能|要不要|是不是|有没有|可不可以|算不算)[^，]*|不|没)$")
# Slots that stand for a place, and with them the key of the street or district that fills them.
PLACE_SLOTS = {"{e}": "estate", "{r}": "road", "{v}": "village", "{s}": "school", "{h}": "hospital", "{k}": "shop"}


class Desk:
    """What the writing of one set of orders keeps: the dice, the texts already used, the adults who may call."""

    def __init__(self, world, residents, dice):
        self.world, self.dice, self.texts = world, dice, set()
        self.adults = [resident for resident in residents if resident["birth"] <= "2008-11-20"]
        self.items = {item["code"]: item for item in world["items"]}
        self.by_name = {item["name"]: item for item in world["items"]}
        self.told = [code for code in world["sentences"] if code in self.items]
        self.aliases = place_words(world)


def place_words(world):
    """Words that tie a sentence to a district: places of the gazetteer, and the roads, estates and villages of demo_city.toml."""
    words = [(word, parent) for name, parent, level, aliases in world["gazetteer"] if level == "place" for word in [name, *aliases.split()]]
    for street in world["street"]:
        words += [(name, street["district"]) for key in ("roads", "communities", "estates") for name in street[key]]
    return words + [("古城", "临江区"), ("染坊巷", "临江区"), ("渡口夜市", "临江区"), ("东门里", "临江区"), ("石桥路", "临江区"), ("高桥镇", "云台区"),
                    ("高新园", "云台区"), ("星河湾", "云台区"), ("茶坪", "松溪县"), ("云岭", "松溪县"), ("白沙湾", "望海区"), ("望海渔港", "望海区")]


def orders(world, residents, dice):
    """All orders, sorted by time, numbered by day."""
    desk = Desk(world, residents, dice)
    drafts = []
    for hot in world["hot"]:
        drafts += hot_issue(desk, hot)
    drafts += repeats(desk)
    drafts += frequent(desk)
    drafts += ordinary(desk, COUNT - len(drafts))
    drafts.sort(key=lambda draft: (draft["at"], draft["text"]))
    made, numbers, roots = [], collections.Counter(), {}
    for draft in drafts:
        day = draft["at"].strftime("%Y%m%d")
        numbers[day] += 1
        order = finish(desk, draft, f"HL{day}{numbers[day]:04d}")
        chain = draft["planted"] and draft["planted"].get("chain")
        if chain:
            root = order["planted"]["root"] = roots.setdefault(chain, order["id"])
            if root != order["id"]:
                order["linked"] = [root]
        made.append(order)
    return made


def moment(desk, first=FIRST, days=(LAST - FIRST).days + 1):
    """A moment in the days after `first`; most people write or call in daytime."""
    day = first + datetime.timedelta(days=desk.dice.randrange(days))
    hour = desk.dice.choice([0, 6, 7, 22, 23] + list(range(8, 22)) * 3)
    return datetime.datetime(day.year, day.month, day.day, hour, desk.dice.randrange(60), tzinfo=ZONE)


def spot(desk, sentence, item, reporter, estate=None):
    """The street an order is about: where the sentence or the lead says it is, else near the reporter, else anywhere."""
    streets = desk.world["street"]
    if estate:
        return next(street for street in streets if estate in street["estates"])
    district = next((parent for word, parent in desk.aliases if word in sentence), None)
    district = district or next((name for name in desk.world["district"] if item["lead"].startswith(name)), None)
    if "{v}" in sentence:
        streets = [street for street in streets if street["communities"][0].endswith("村")]
        district = district or desk.dice.choice(["松溪县", "松溪县", "望海区", "云台区"])
    if district:
        streets = [street for street in streets if street["district"] == district]
    near = [street for street in streets if street["name"] == reporter["segments"]["street"]]
    return near[0] if near and desk.dice.random() < 0.6 else desk.dice.choice(streets)


def slots(desk, street, estate=None):
    dice, places, phrase = desk.dice, desk.world["district"][street["district"]], desk.world["phrase"]
    return {
        "{e}": estate or dice.choice(street["estates"]),
        "{r}": dice.choice(street["roads"]),
        "{v}": dice.choice(street["communities"]),
        "{s}": dice.choice(places["schools"]),
        "{h}": dice.choice(places["hospitals"]),
        "{k}": dice.choice(places["shops"]),
        "{b}": f"{dice.randrange(1, 19)}{dice.choice(['栋', '号楼', '幢'])}",
        "{t}": dice.choice(phrase["time"]),
        "{y}": dice.choice(phrase["night"]),
        "{d}": dice.choice(phrase["span"]),
        "{n}": str(dice.choice([1, 3, 6, 8, 12, 17, 23, 28, 36, 51])),
    }


def draft(desk, item, reporter, at, planted=None, estate=None, again=""):
    """One order's words and place; words are drawn until nobody has said them before."""
    for _ in range(1000):
        sentence = desk.dice.choice(sentences(desk, item, estate))
        street = spot(desk, sentence, item, reporter, estate)
        fill = slots(desk, street, estate)
        core = sentence
        for slot, value in fill.items():
            core = core.replace(slot, value)
        text = compose(desk, core, sentence, item, again, fill, planted)
        if text not in desk.texts:
            desk.texts.add(text)
            return {"item": item, "reporter": reporter, "at": at, "text": text, "planted": planted, "street": street,
                    "place": estate or place_of(sentence, fill), "fill": fill}
    raise ValueError(f"{item['code']} {item['name']}: too few sentences for so many orders, add some to demo_city_sentences.tsv")


def sentences(desk, item, estate):
    told = desk.world["sentences"][item["code"]]
    return [sentence for sentence in told if "{e}" in sentence] if estate else told


def place_of(sentence, fill):
    """The value of the first place slot in the sentence, or nothing."""
    found = [(sentence.index(slot), fill[slot]) for slot in PLACE_SLOTS if slot in sentence]
    return min(found)[1] if found else ""


def compose(desk, core, sentence, item, again, fill, planted):
    """Opening, what happened, more about it, a wish: in the order and carelessness of everyday speech."""
    dice, phrase = desk.dice, desk.world["phrase"]
    opening = again or dice.choice(phrase["open"])
    if planted and planted["kind"] == "hot" and dice.random() < 0.3:
        opening += dice.choice(phrase["hot"])
    needs_place = "address" in item["facts"] and not any(slot in sentence for slot in PLACE_SLOTS)
    if needs_place and dice.random() < 0.5:
        opening += f"我住{fill['{e}']}，"
    here = any(slot in sentence for slot in PLACE_SLOTS)
    home = "{e}" in sentence
    plus = dice.choice(phrase["plus"] + phrase["plus_home"] * home) if item["kind"] in ("投诉", "求助") and dice.random() < 0.6 else ""
    tail = dice.choice(phrase["tail"][item["kind"]] + phrase["tail_here"].get(item["kind"], []) * here)
    end = "？" if QUESTION.search(core) else "。"
    parts = [opening + core + end, plus, tail]
    text = "".join(parts)
    if dice.random() < 0.15:
        text = text.replace("。", "，").rstrip("，")
    return text


def caller(desk):
    return desk.dice.choice(desk.adults)


def hot_issue(desk, hot):
    """Many people about one thing at one place within `days` days."""
    item = desk.by_name[hot["item"]]
    planted = {"kind": "hot", "issue": hot["issue"]}
    made = []
    for reporter in desk.dice.sample(desk.adults, hot["count"]):
        made.append(draft(desk, item, reporter, moment(desk, hot["start"], hot["days"]), dict(planted), hot["estate"]))
    return made


def repeats(desk):
    """Chains of three to five orders by one person about one thing at one estate."""
    made = []
    codes = [code for code in desk.told if any("{e}" in sentence for sentence in desk.world["sentences"][code])]
    hot = {issue["item"] for issue in desk.world["hot"]}
    codes = [code for code in codes if desk.items[code]["name"] not in hot and desk.items[code]["kind"] == "投诉"]
    estates = sorted({estate for street in desk.world["street"] for estate in street["estates"]} - {issue["estate"] for issue in desk.world["hot"]})
    for number, code in enumerate(desk.dice.sample(codes, CHAINS), 1):
        item, reporter, estate = desk.items[code], caller(desk), desk.dice.choice(estates)
        start = FIRST + datetime.timedelta(days=desk.dice.randrange(40))
        for turn in range(desk.dice.randrange(3, 6)):
            at = moment(desk, start + datetime.timedelta(days=turn * 9), 5)
            again = desk.dice.choice(desk.world["phrase"]["again"]) if turn and desk.dice.random() < 0.8 else ""
            made.append(draft(desk, item, reporter, at, {"kind": "repeat", "chain": f"C{number:02d}"}, estate, again))
    return made


def frequent(desk):
    """One person with FREQUENT messages about all sorts of things."""
    reporter = desk.adults[7]
    return [draft(desk, desk.items[desk.dice.choice(desk.told)], reporter, moment(desk), {"kind": "frequent", "person": reporter["id"]})
            for _ in range(FREQUENT)]


def ordinary(desk, count):
    """The rest: first one order for each of most items, then more of the common ones."""
    codes = desk.dice.sample(desk.told, min(len(desk.told) * 9 // 10, count))
    hot = {issue["item"] for issue in desk.world["hot"]}
    weights = [0.3 if desk.items[code]["name"] in hot else 5 if desk.items[code]["group"] in COMMON else 1 for code in desk.told]
    codes += desk.dice.choices(desk.told, weights, k=count - len(codes))
    return [draft(desk, desk.items[code], caller(desk), moment(desk)) for code in codes]


def finish(desk, made, identifier):
    """The record as it is written, with what became of the order until the last day of the window."""
    item, reporter = made["item"], made["reporter"]
    district = made["street"]["district"] if made["place"] or "address" in item["facts"] else reporter["segments"]["district"]
    events, due = history(desk, item, made["at"])
    kept = [event for event in events if event["time"] <= stamp(END)]
    street = made["street"]
    inside = made["place"] in street["roads"] + street["communities"] + street["estates"]
    address = f"和澜市{district}{street['name'] if inside else ''}{made['place']}" if made["place"] else ""
    return {
        "id": identifier,
        "time": stamp(made["at"]),
        "channel": desk.dice.choice(CHANNELS),
        "text": made["text"],
        "item": item["code"],
        "kind": item["kind"],
        "grade": item["grade"],
        "district": district,
        "place": made["place"],
        "address": address,
        "department": item["lead"],
        "reporter": reporter["id"],
        "due": stamp(due),
        "events": kept,
        "planted": made["planted"],
    }


def stamp(at):
    return at.isoformat(timespec="minutes")


def working(day):
    return day in MAKE_UP or (day.weekday() < 5 and day not in OFF)


def add_working_days(at, days):
    """The end of the office day (18:00) after so many working days, not counting the day of `at`."""
    day = at.date()
    while days:
        day += datetime.timedelta(days=1)
        days -= working(day)
    return datetime.datetime(day.year, day.month, day.day, 18, 0, tzinfo=ZONE)


def office(at):
    """The same moment if somebody is at work then (9:00-18:00 on a working day), else some hour of the next day that somebody is."""
    while not working(at.date()) or at.hour >= 18:
        at = (at + datetime.timedelta(days=1)).replace(hour=0)
    return at if at.hour >= 9 else at.replace(hour=9 + at.minute % 8)


def soon(at):
    """An hour later if somebody is at work then, else ten o'clock of the next working day: within the limit for signing."""
    later = at + datetime.timedelta(hours=1)
    if working(later.date()) and 9 <= later.hour < 17:
        return later
    while at.hour >= 9 or not working(at.date()):
        at = (at + datetime.timedelta(days=1)).replace(hour=0)
    return at.replace(hour=10)


def before(due, now, at):
    """The moment if somebody is at work then and it is not yet due; else the afternoon of the last day, or just after `now`."""
    if office(at) < due.replace(hour=17):
        return at
    return max(due.replace(hour=15), now + datetime.timedelta(minutes=5))


def limit(item, at):
    """When the reply is due: 2 hours, 24 hours, or 1, 3, 5 working days by kind."""
    if item["grade"] == "特急":
        return at + datetime.timedelta(hours=2)
    if item["grade"] == "紧急":
        return at + datetime.timedelta(hours=24)
    return add_working_days(at, {"咨询": 1, "求助": 3}.get(item["kind"], 5))


def history(desk, item, at):
    """Events in order of time, and the due time with any extension: a few are returned, extended, late or put on hold."""
    dice, events, due = desk.dice, [], limit(item, at)
    fate = dice.random()

    def add(kind, time, **more):
        if kind == "called_back" or (item["grade"] == "一般" and kind != "dispatched"):
            time = office(time)
        time = max(time, datetime.datetime.fromisoformat(events[-1]["time"]) if events else at)
        events.append({"event": kind, "time": stamp(time), **more})
        return time

    now = add("dispatched", at + datetime.timedelta(minutes=dice.randrange(2, 30)), department=item["lead"])
    span = due - now
    if fate < 0.04 and item["grade"] == "一般":
        now = add("return_requested", soon(now), reason="不属于本单位职责")
        now = add("return_refused", now + span * 0.05, reason="权责清单列明由该单位主办")
    signed = now + span * (0.02 + 0.08 * dice.random())
    if events[-1]["event"] == "dispatched":
        now = add("signed", signed, department=item["lead"])
    now = add("contacted", now + span * (0.02 + 0.1 * dice.random()))
    if 0.04 <= fate < 0.11 and item["grade"] == "一般":
        reason = dice.choice(["需要多个单位会同现场核查", "等待检测结果", "涉及历史资料核对"])
        # Nobody asks for more time once it is too late.
        if now < due.replace(hour=15):
            now = add("extended", before(due, now, now + span * 0.6), days=5, reason=reason)
            due = add_working_days(due, 5)
            span = due - now
    if 0.11 <= fate < 0.14 and item["grade"] == "一般":
        review = (due.date() + datetime.timedelta(days=60)).isoformat()
        add("suspended", now + span * 0.7, **ground(dice.choice(["受资金计划限制", "历史遗留问题", "等待上位政策明确"])), review=review)
        return events, due
    late = 0.14 <= fate < 0.22
    now = add("replied", due + (due - at) * (0.2 + dice.random()) if late else now + (due - now) * (0.3 + 0.6 * dice.random()))
    resolved = dice.random() < (0.45 if late else 0.82)
    satisfied = dice.random() < (0.9 if resolved else 0.15)
    responded = not late or dice.random() < 0.7
    call = min(now + datetime.timedelta(hours=dice.randrange(3, 30)), add_working_days(now, 2))
    now = add("called_back", call, responded=responded, resolved=resolved, satisfied=satisfied)
    if not resolved and not satisfied and dice.random() < 0.5:
        now = add("redo", now + datetime.timedelta(hours=1))
        now = add("replied", min(now + datetime.timedelta(hours=dice.randrange(20, 60)), add_working_days(now, 3)))
        resolved, satisfied = dice.random() < 0.6, dice.random() < 0.5
        now = add("called_back", add_working_days(now, 1), responded=True, resolved=resolved, satisfied=satisfied)
    end = now + datetime.timedelta(hours=dice.randrange(1, 5))
    if not resolved:
        review = (now.date() + datetime.timedelta(days=60)).isoformat()
        add("suspended", end, **ground("历史遗留问题"), review=review)
    elif not satisfied:
        add("archived", end, reason="已按规定办理，不满意的理由不成立", evidence=["回访录音"])
    else:
        add("archived", end)
    return events, due


def ground(reason):
    """A ground for 挂账 with its class in hotline.toml."""
    return {"class": {"历史遗留问题": "history", "等待上位政策明确": "policy"}.get(reason, "other"), "reason": reason}
