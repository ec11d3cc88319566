"""Query parameters that choose among a list's records."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from spott_sandbox.dataset import World
from spott_sandbox.errors import bad_request
from spott_sandbox.generate.office import attachment_owner
from spott_sandbox.rows import Row

Held = Callable[[World, Row], Iterable[str]]


@dataclass(frozen=True)
class Filter:
    """A parameter, which may be repeated: a record is sent if it holds one of the values.

    Attributes:
        name: What the parameter is called; None if readers have no choice.
        held: Returns the values that a record holds.
        allowed: The values that there are; none if any will do.
        default: The value where none is given.
    """

    name: str | None
    held: Held
    allowed: tuple[str, ...] = ()
    default: str | None = None

    def values(self, query: QueryParams) -> frozenset[str]:
        """Return the values that are asked for, none if all records will do.

        Raises:
            HTTPException: A value is empty or not allowed (400).
        """
        values = frozenset(query.getlist(self.name) if self.name else ())
        for value in values:
            if not value or (self.allowed and value not in self.allowed):
                message = f"{self.name} must be " + (" or ".join(self.allowed) or "1 character or more")
                raise bad_request(message)
        return values or frozenset([self.default] if self.default else ())


def at(path: str) -> Held:
    """Return what finds the texts at a path in a record, such as `links.candidate.id`."""
    return lambda _, row: _texts(row.record, path.split("."))


def company_of_vacancy(world: World, row: Row) -> Iterator[str]:
    """Return the id of a vacancy's company, which the vacancy itself does not tell."""
    client = world.agency.client(world.agency.vacancy_client(row.number))
    yield client.company["id"]


def owner_of_attachment(kind: str) -> Held:
    """Return what finds the id of an attachment's owner if that is of a kind; the attachment does not tell."""

    def held(world: World, row: Row) -> Iterator[str]:
        owner, owner_id = attachment_owner(world.agency, row.number)
        if owner == kind:
            yield owner_id

    return held


def whether_deactivated(_: World, row: Row) -> Iterator[str]:
    """Return the values of `includeDeactivated` for which a user is sent."""
    yield "true"
    if row.record["deactivatedAt"] is None:
        yield "false"


def _texts(value: object, path: list[str]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item, path)
    elif isinstance(value, dict) and path:
        yield from _texts(value.get(path[0]), path[1:])
    elif isinstance(value, str) and not path:
        yield value
