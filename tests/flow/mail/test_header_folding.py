"""A subject and a name arrive as they were written, blanks included, in lines that every mail server takes."""

import random
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser

import pytest

from passalong.flow.mail.header_folding import POLICY

WORDS = "Danke für Ihre Hilfe 14,30 € warten auf Sie zum 31. März naïve Müller & Söhne größer 日本 12 points ü".split()
SUBJECTS = [
    "größer zum auf é 14,30 日本 Danke bis Müller naïve größer Ihre bis & größer",
    "Credit for the month of November: 31 people came because of you, " * 3,
    "مرحبا " * 30,
    "ü",
    "plain",
]


def sent(subject: str, name: str, line_end: str) -> bytes:
    """A message as it goes out."""
    made = EmailMessage(policy=POLICY)
    made["Subject"], made["From"], made["To"] = subject, Address(name, "credit", "bees.example"), "anna@example.org"
    body = made.as_bytes(policy=POLICY.clone(linesep=line_end))
    assert body.isascii()
    assert max(len(line) for line in body.split(line_end.encode())) <= 78
    return body


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_subject_keeps_its_blanks(subject: str, line_end: str) -> None:
    assert (
        message_from_bytes(sent(subject.strip(), "Bees", line_end), policy=policy.default)["Subject"] == subject.strip()
    )


def test_any_subject_and_any_name_arrive_whole() -> None:
    chance = random.Random(7)
    for _ in range(300):
        subject, name = (" ".join(chance.choices(WORDS, k=chance.randint(1, 22))) for _ in range(2))
        body = sent(subject, name, "\r\n")
        read = message_from_bytes(body, policy=policy.default)
        assert read["Subject"] == subject
        # Python's newer parser puts a blank between encoded words of a name, against RFC 2047; the older one does not.
        sender = str(make_header(decode_header(BytesHeaderParser().parsebytes(body)["From"])))
        assert sender.lstrip('"').startswith(name)
        assert read["From"].addresses[0].addr_spec == "credit@bees.example"


def test_the_usual_policy_would_lose_a_blank() -> None:
    """The control: what the tests above would say of Python's own folding."""
    made = EmailMessage()
    made["Subject"] = SUBJECTS[0]
    assert message_from_bytes(made.as_bytes(), policy=policy.default)["Subject"] != SUBJECTS[0]
