"""The synthetic residents of the demo city: households, identity numbers, addresses, insurance and licences.

It is the people half of demo_city.py. It knows nothing of work orders.
"""

import datetime

TODAY = datetime.date(2026, 11, 20)
COUNT = 200
REGION = {"临江区": "990101", "云台区": "990102", "望海区": "990103", "松溪县": "990121"}
PROVINCES = ["外省甲市", "外省乙县", "外省丙市"]


def check_digit(first):
    """The last sign of an identity number by GB 11643 (MOD 11-2) from its first 17 digits."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(first))
    return "10X98765432"[total % 11]


def identity(dice, region, birth, sex, used):
    """A number that nobody holds: the region does not exist and the serial lies in 950-994; odd serials are men's."""
    while True:
        serial = dice.randrange(950, 995)
        if (serial % 2 == 1) != (sex == "男"):
            continue
        first = f"{region}{birth:%Y%m%d}{serial}"
        number = first + check_digit(first)
        if number not in used:
            used.add(number)
            return number


def residents(world, dice):
    """COUNT residents in households of one to five, in the order of their ids."""
    people, used = [], {"identity": set(), "mobile": set()}
    while len(people) < COUNT:
        members = household(dice, COUNT - len(people))
        house = {"segments": address(world, dice), "family": dice.choice(world["names"]["family"]), "local": dice.random() < 0.8}
        local, number = house["local"], f"HLH{len(people) + 1:06d}"
        made = [person(world, dice, used, role, house) for role in members]
        for place, resident in enumerate(made, len(people) + 1):
            resident["id"] = f"R{place:04d}"
        relate(made, members)
        for resident in made:
            resident["household"] = "家庭户" if local else "集体户" if len(made) == 1 else "家庭户"
            resident["household_number"] = number
            resident["household_area"] = f"和澜市{house['segments']['district']}" if local else dice.choice(PROVINCES)
            resident["licences"] = licences(dice, resident, local)
        people += made
    return people


def household(dice, room):
    """The roles of one household; never more members than `room`."""
    kind = dice.choice(["single", "couple", "family", "family", "family", "old", "three", "parent"])
    roles = {
        "single": ["adult"],
        "couple": ["husband", "wife"],
        "family": ["husband", "wife"] + ["child"] * dice.choice([1, 1, 2]),
        "old": ["old_husband", "old_wife"],
        "three": ["husband", "wife", "child", "grandparent"],
        "parent": ["parent", "child"],
    }[kind]
    return roles if len(roles) <= room else ["adult"]


def ages(dice, role):
    low, high = {"child": (0, 17), "old_husband": (66, 92), "old_wife": (66, 92), "grandparent": (66, 88), "adult": (20, 79)}.get(role, (36, 52))
    return dice.randrange(low, high + 1)


def person(world, dice, used, role, house):
    """One member of a house; the id is given afterwards."""
    sex = {"husband": "男", "old_husband": "男", "wife": "女", "old_wife": "女"}.get(role) or dice.choice("男女")
    age = ages(dice, role)
    birth = TODAY.replace(year=TODAY.year - age, day=1) - datetime.timedelta(days=dice.randrange(0, 360))
    family, home, local = house["family"], house["segments"], house["local"]
    if role in ("wife", "old_wife", "grandparent"):
        family = dice.choice(world["names"]["family"])
    given = dice.choice(world["names"]["male" if sex == "男" else "female"])
    region = REGION[home["district"]] if local else "990199"
    full_age = TODAY.year - birth.year - ((TODAY.month, TODAY.day) < (birth.month, birth.day))
    return {
        "id": "",
        "name": family + given,
        "sex": sex,
        "birth": birth.isoformat(),
        "identity": identity(dice, region, birth, sex, used["identity"]),
        "mobile": mobile(dice, used["mobile"]) if full_age >= 12 else "",
        "address": "".join(home.values()),
        "segments": home,
        "marital": marital(role, full_age),
        "social_insurance": insurance(dice, full_age, local),
        "spouse": "",
        "children": [],
    }


def marital(role, age):
    if role == "adult":
        return "未婚" if age < 45 else "离婚" if age < 65 else "丧偶"
    return {"child": "未婚", "parent": "离婚", "grandparent": "丧偶"}.get(role, "已婚")


def mobile(dice, used):
    while True:
        number = f"1{dice.choice(['39', '58', '77', '88', '99'])}0000{dice.randrange(10000):04d}"
        if number not in used:
            used.add(number)
            return number


def address(world, dice):
    """The ten segments 省 市 区 街道 社区 网格 路 号 楼 室; their texts joined are the address."""
    street = dice.choice(world["street"])
    return {
        "province": "澜江省",
        "city": "和澜市",
        "district": street["district"],
        "street": street["name"],
        "community": dice.choice(street["communities"]),
        "grid": f"第{dice.randrange(1, 9)}网格",
        "road": dice.choice(street["roads"]),
        "number": f"{dice.randrange(1, 199)}号",
        "building": f"{dice.randrange(1, 19)}栋",
        "room": f"{dice.randrange(1, 18)}{dice.randrange(1, 5):02d}室",
    }


def insurance(dice, age, local):
    """Pension and medical insurance; months are months paid in this city."""
    if age < 16:
        return {"pension": "未参保", "medical": "城乡居民", "months": 0}
    if age >= 60:
        return {"pension": "领取待遇", "medical": dice.choice(["职工退休", "城乡居民"]), "months": dice.randrange(180, 420)}
    kind = dice.choice(["职工", "职工", "职工", "灵活就业", "城乡居民"])
    medical = {"职工": "职工", "灵活就业": "职工", "城乡居民": "城乡居民"}[kind]
    return {"pension": kind, "medical": medical, "months": dice.randrange(3, 240 if local else 60)}


def relate(made, members):
    """Spouses point at each other; parents hold the ids of the children of their household."""
    by_role = {}
    for resident, role in zip(made, members):
        by_role.setdefault(role, []).append(resident)
    for one, other in (("husband", "wife"), ("old_husband", "old_wife")):
        if one in by_role:
            by_role[one][0]["spouse"] = by_role[other][0]["id"]
            by_role[other][0]["spouse"] = by_role[one][0]["id"]
    children = [child["id"] for child in by_role.get("child", [])]
    for role in ("husband", "wife", "parent"):
        for resident in by_role.get(role, []):
            resident["children"] = children


def licences(dice, resident, local):
    """Licences held, each with a made-up number and a date of issue between birth and today."""
    birth = datetime.date.fromisoformat(resident["birth"])
    age = (TODAY - birth).days // 365
    names = ["居民身份证", "社会保障卡"] if age >= 1 else []
    names += ["居民户口簿"] if local else ["居住证"] if age >= 16 else []
    names += ["出生医学证明"] if age < 18 else []
    names += ["结婚证"] if resident["marital"] == "已婚" else ["离婚证"] if resident["marital"] == "离婚" else []
    if age >= 18:
        odds = [("机动车驾驶证", 0.4), ("不动产权证书", 0.45), ("电动自行车登记证", 0.35), ("残疾人证", 0.06), ("营业执照", 0.08), ("住房租赁登记备案证明", 0.12)]
        names += [name for name, chance in odds if dice.random() < chance]
    names += ["老年人优待证"] if age >= 65 else []
    held = []
    for name in names:
        least = {"出生医学证明": 0, "居民户口簿": 0, "居民身份证": 0, "社会保障卡": 0, "居住证": 16, "老年人优待证": 65, "结婚证": 22}.get(name, 18)
        first = birth + datetime.timedelta(days=int(least * 365.25) + 1)
        days = max((TODAY - first).days, 1)
        issued = first + datetime.timedelta(days=dice.randrange(min(days, 3650)) if name != "出生医学证明" else min(5, days - 1))
        if (TODAY - issued).days > 3650:
            issued = TODAY - datetime.timedelta(days=dice.randrange(1, 3650)) if name != "出生医学证明" else issued
        held.append({"name": name, "number": f"HL99{dice.randrange(10**8):08d}", "issued": issued.isoformat()})
    return held
