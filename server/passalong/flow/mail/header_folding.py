"""Folding of mail headers that are not plain ASCII.

Python's own policy drops a blank between two encoded words where it breaks a line (RFC 2047 section 6.2 has readers
join adjacent words). `email.header.Header` encodes the whole text, blanks included, in words of at most 75 characters.
"""

from email.header import Header
from email.headerregistry import BaseHeader
from email.policy import EmailPolicy
from typing import Any


class WholeTextPolicy(EmailPolicy):
    """The usual policy of EmailMessage, but the Subject and names beside addresses are encoded as a whole."""

    def fold(self, name: str, value: Any) -> str:
        """Return one header as lines."""
        encoded = self._encoded(name, value)
        return super().fold(name, value) if encoded is None else encoded

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return one header as lines in bytes."""
        encoded = self._encoded(name, value)
        return super().fold_binary(name, value) if encoded is None else encoded.encode("ascii")

    def _encoded(self, name: str, value: Any) -> str | None:
        if not isinstance(value, BaseHeader) or str(value).isascii():
            return None
        addresses = getattr(value, "addresses", None)
        if addresses is None:
            text = _words(name, str(value), self.linesep)
        else:
            text = f",{self.linesep} ".join(
                f"{_words(name, address.display_name, self.linesep)}{self.linesep} <{address.addr_spec}>"
                for address in addresses
            )
        return f"{name}: {text}{self.linesep}"


def _words(name: str, text: str, line_end: str) -> str:
    return Header(text, "utf-8", maxlinelen=75, header_name=name).encode(linesep=line_end)


POLICY = WholeTextPolicy()
