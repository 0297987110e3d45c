"""The schema of SEPA files, as the library sepaxml ships it: validation against ISO 20022's own XSD."""

from functools import cache
from importlib import import_module
from importlib.resources import files
from io import BytesIO
from typing import Any

SCHEMA = "schemas/pain.001.001.09.xsd"


@cache
def schema() -> Any:
    """Return the compiled schema, with `validate` and `is_valid`."""
    return import_module("xmlschema").XMLSchema(str(files("sepaxml").joinpath(SCHEMA)))


def is_valid(document: bytes) -> bool:
    """Return True for a valid file of credit transfers."""
    return bool(schema().is_valid(BytesIO(document)))
