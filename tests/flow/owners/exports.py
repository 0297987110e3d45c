"""Exports of five programmes, shaped as their documentation shows them: Anna, Ben and Cleo with what is unpaid."""

import json

REWARDFUL = {
    "pagination": {"total_count": 3},
    "data": [
        {
            "id": f"d0ed8392-{number}",
            "first_name": name,
            "last_name": "Bee",
            "email": f"{name.lower()}@example.org",
            "links": [{"token": f"{name}_{number}", "url": f"https://bees.example/?via={name}_{number}"}],
            "commission_stats": {"currencies": {"EUR": {"unpaid": {"cents": cents}, "paid": {"cents": 999}}}},
        }
        for number, (name, cents) in enumerate({"Anna": 12_345, "Ben": 1, "Cleo": 0}.items())
    ],
}
FIRSTPROMOTER = [
    {
        "id": 3_400_192 + number,
        "email": f"{name.lower()}@example.org",
        "profile": {"first_name": name, "last_name": "Bee"},
        "promotions": [{"ref_id": f"{name.lower()}{number}"}],
        "current_balance": {"cash": cents},
    }
    for number, (name, cents) in enumerate({"Anna": 12_345, "Ben": 1, "Cleo": 0}.items())
]
TAPFILIATE = [
    {
        "id": f"{name.lower()}-tap",
        "firstname": name,
        "lastname": "Bee",
        "email": f"{name.lower()}@example.org",
        "referral_code": f"{name}-{number}",
        "balances": {"EUR": amount},
    }
    for number, (name, amount) in enumerate({"Anna": 123.45, "Ben": "0.01", "Cleo": 0}.items())
]
AFFILIATEWP = """Affiliate ID,Email,Name,Username,Unpaid Earnings
11,anna@example.org,Anna Bee,AnnaBee,123.45
12,ben@example.org,Ben Bee,ben_bee,0.01
13,cleo@example.org,Cleo Bee,cleo,0
"""
DUB = [
    {
        "id": f"pn_{number}",
        "name": f"{name} Bee",
        "email": f"{name.lower()}@example.org",
        "links": [{"key": f"{name}Bee", "shortLink": f"https://bees.link/{name}Bee"}],
        "unpaidCommissions": cents,
    }
    for number, (name, cents) in enumerate({"Anna": 12_345, "Ben": 1, "Cleo": 0}.items())
]

EXPORTS = {
    "rewardful": (json.dumps(REWARDFUL), ("via", "Anna_0")),
    "firstpromoter": (json.dumps(FIRSTPROMOTER), ("fpr", "anna0")),
    "tapfiliate": (json.dumps(TAPFILIATE), ("ref", "Anna-0")),
    "affiliatewp": (AFFILIATEWP, ("ref", "AnnaBee")),
    "dub": (json.dumps(DUB), ("via", "AnnaBee")),
}
"""The export of each programme, and the parameter and code of Anna's old link."""
UNPAID = {"EUR": 12_346}
"""What is unpaid to all three, in cents."""
