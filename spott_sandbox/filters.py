"""Query parameters that filter a list's records."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from spott_sandbox.dataset import Dataset
from spott_sandbox.errors import bad_request
from spott_sandbox.generate.workspace import attachment_owner
from spott_sandbox.rows import Row

_RecordValues = Callable[[Dataset, Row], Iterable[str]]


@dataclass(frozen=True)
class Filter:
    """A repeatable query parameter: a record matches if it has one of the values.

    Attributes:
        name: The parameter; None if clients can't set it.
        record_values: Returns a record's values.
        allowed: The valid values; empty if any value is valid.
        default: The value if the query has none.
    """

    name: str | None
    record_values: _RecordValues
    allowed: tuple[str, ...] = ()
    default: str | None = None

    def parse(self, query: QueryParams) -> frozenset[str]:
        """Return the query's values; empty if all records match.

        Raises:
            HTTPException: A value is empty or not allowed (400).
        """
        values = frozenset(query.getlist(self.name) if self.name else ())
        for value in values:
            if not value or (self.allowed and value not in self.allowed):
                message = f"{self.name} must be " + (" or ".join(self.allowed) or "1 character or more")
                raise bad_request(message)
        return values or frozenset([self.default] if self.default else ())


def at_path(path: str) -> _RecordValues:
    """Create a function that returns the texts at a path of a record, such as `links.candidate.id`."""
    return lambda _, row: _texts(row.record, path.split("."))


def vacancy_company_id(dataset: Dataset, row: Row) -> Iterator[str]:
    """Yield the ID of a vacancy's company, which its record does not contain."""
    client = dataset.agency.client(dataset.agency.vacancy_client(row.number))
    yield client.company["id"]


def attachment_owner_id(parameter: str) -> _RecordValues:
    """Create a function that yields an attachment's owner if this parameter filters by owners of that kind."""

    def record_values(dataset: Dataset, row: Row) -> Iterator[str]:
        owner_parameter, owner_id = attachment_owner(dataset.agency, row.number)
        if owner_parameter == parameter:
            yield owner_id

    return record_values


def include_deactivated(_: Dataset, row: Row) -> Iterator[str]:
    """Yield the values of `includeDeactivated` that a user matches."""
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
