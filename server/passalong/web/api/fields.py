"""Types of the fields in bodies of `/api/v1`, each with the words of the answer to bad input (docs/wire.md)."""

from typing import Annotated

from msgspec import Meta

from passalong.core.money import MAX_MICROS

LONGEST_ID = 128
ID = r"\A[^/\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z"
Id = Annotated[
    str,
    Meta(
        max_length=LONGEST_ID,
        pattern=ID,
        description="your own id of 1 to 128 characters that does not begin with `/` and has no control characters",
    ),
]
Goal = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z][a-z0-9_]{0,39}\Z",
        description="the name of a goal, such as `purchase`: small letters, digits and `_`, at most 40",
    ),
]
MOST_MINOR = MAX_MICROS // 100
Amount = Annotated[
    int,
    Meta(
        ge=0,
        le=MOST_MINOR,
        description=f"a whole number of the smallest unit, such as 4200 for 42.00 EUR, from 0 to {MOST_MINOR}",
    ),
]
Customer = Annotated[
    str, Meta(min_length=1, max_length=200, description="your own id of the customer, in 1 to 200 characters")
]
Email = Annotated[str, Meta(min_length=3, max_length=320, description="an address like `name@example.org`")]
Code = Annotated[str, Meta(max_length=128, description="the code of the visit, as `along.code()` gives it")]
Product = Annotated[
    str,
    Meta(
        pattern=r"\A[^\x00-\x1f\x7f\x85\u2028\u2029]{1,128}\Z",
        description="your own id of a product, in 1 to 128 characters",
    ),
]
Country = Annotated[
    str, Meta(pattern=r"\A[A-Z]{2}\Z", description="the code of a country in two capital letters, such as `DE`")
]
Currency = Annotated[
    str, Meta(pattern=r"\A[A-Z]{3}\Z", description="the code of a currency in three capital letters, such as `EUR`")
]

Coupon = Annotated[
    str, Meta(max_length=64, description="the personal code that was typed in, in at most 64 characters")
]
Products = Annotated[
    tuple[Product, ...],
    Meta(max_length=50, description="a list of at most 50 of your own ids of products, each of 1 to 128 characters"),
]
Refunded = Annotated[
    int,
    Meta(
        ge=1,
        le=MOST_MINOR,
        description=f"a whole number of the smallest unit, such as 4200 for 42.00 EUR, from 1 to {MOST_MINOR}",
    ),
]
Unit = Annotated[
    str, Meta(pattern=r"\A(points|[A-Z]{3})\Z", description="`points`, or the code of a currency, such as `EUR`")
]
AdvocateId = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z2-7]{16}\Z",
        description="the id of an advocate: 16 small letters and digits, as the console and receipts show it",
    ),
]
MetadataKey = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f]{1,40}\Z", description="a name of 1 to 40 characters")]
MetadataValue = Annotated[str, Meta(max_length=500, description="a text of at most 500 characters")]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue],
    Meta(
        max_length=20,
        description=(
            "an object of at most 20 texts of your own, with names of 1 to 40 characters and values of at most 500, "
            'such as `{"channel": "fair"}`'
        ),
    ),
]
PathId = Annotated[
    str,
    Meta(
        pattern=r"\A[^/\x00-\x1f\x7f][^/\x00-\x1f\x7f]{0,127}\Z",
        description="your own id, percent-encoded; a slash in it may be sent as it is",
    ),
]
SomeId = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._:-]{1,128}\Z", description="an id, as a list shows it")]
PATH_IDS = {
    "subject": PathId,
    "line_id": SomeId,
    "advocate_id": AdvocateId,
    "redemption_id": SomeId,
    "batch_id": SomeId,
    "claim_id": SomeId,
    "share_id": SomeId,
    "version": Annotated[str, Meta(pattern=r"\A[0-9]{1,8}\Z", description="the number of a version")],
    "key_id": Annotated[str, Meta(pattern=r"\A[0-9a-f]{8}\Z", description="the id of a key")],
    "conversion_id": PathId,
    "statement_id": PathId,
    "refund_id": PathId,
    "decision_id": PathId,
    "code": Annotated[str, Meta(pattern=r"\A[A-Za-z0-9-]{1,64}\Z", description="a personal code, such as `ana`")],
    "event_id": Annotated[str, Meta(max_length=32, description="the id of an event, such as `evt_…`")],
    "webhook_id": Annotated[str, Meta(max_length=22, description="the id of a webhook, such as `wh_…`")],
    "proposal_id": Annotated[str, Meta(max_length=24, description="the id of a proposal, such as `pr_…`")],
    "number": Annotated[str, Meta(pattern=r"\A[0-9]{1,15}\Z", description="the number of a delivery")],
}
"""The ids in paths, by name."""
