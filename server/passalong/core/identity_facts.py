"""Facts about who is one person: what owners state and withdraw, what people prove, and that they were erased."""

from msgspec import Struct


class PersonIdentified(Struct, frozen=True, tag="identify", tag_field="kind"):
    """The owner states that these identity keys (advocates, visitors, customers: core.identity) are one person."""

    keys: tuple[str, ...]


class StatementWithdrawn(Struct, frozen=True, tag="withdrawn", tag_field="kind"):
    """The owner withdraws an `identify`; `statement_id` is its id."""

    statement_id: str


class AccountJoined(Struct, frozen=True, tag="account_joined", tag_field="kind"):
    """The person proved that these advocates are theirs: from now on they are one account."""

    advocates: tuple[str, ...]
    method: str


class AddressProved(Struct, frozen=True, tag="address_proved", tag_field="kind"):
    """The person opened a mail sent to an address; `email` is its identity key."""

    advocate_id: str
    email: str


class CustomerBound(Struct, frozen=True, tag="customer_bound", tag_field="kind"):
    """A customer's hand-over opens this advocate's account; each erasure is followed by the next generation."""

    advocate_id: str
    customer: str
    generation: int = 0


class PersonErased(Struct, frozen=True, tag="erased", tag_field="kind"):
    """The person behind these advocates was erased: their bindings end."""

    advocates: tuple[str, ...]


IdentityFact = PersonIdentified | StatementWithdrawn | AccountJoined | AddressProved | CustomerBound | PersonErased
