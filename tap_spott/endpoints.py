"""Describe Spott's endpoints: paths, filters, pagination and response fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from spott_client.pagination import Pagination


class FilterSupport(Enum):
    """Whether a list supports the `modifiedUntil` filter."""

    DOCUMENTED = auto()
    UNKNOWN = auto()
    """Only third-party code uses it, so the tap sends a probe request before it depends on the filter."""
    NONE = auto()


@dataclass(frozen=True, kw_only=True)
class ListEndpoint:
    """An endpoint that returns a list of records.

    Attributes:
        path: Path as in the API documentation.
        supports_modified_since: Whether it supports the `modifiedSince` filter.
        modified_until: Whether it supports the `modifiedUntil` filter.
        pagination: How a request names the page it wants.
        max_page_size: Largest page that its documentation allows.
        records_key: Field of the response that holds the records.
        parameters: Query parameters sent with each request.
        company_filter: Query parameter that limits the list to some companies, if there is one.
        extra_columns: Columns added to each record, to tell the lists of one stream apart.
        fallback: Endpoint from older documentation, for accounts where this one answers 404.
    """

    path: str
    supports_modified_since: bool = False
    modified_until: FilterSupport = FilterSupport.NONE
    pagination: Pagination = Pagination.CURSOR
    max_page_size: int = 50
    records_key: str = "items"
    parameters: Mapping[str, str] = field(default_factory=dict)
    company_filter: str | None = None
    extra_columns: Mapping[str, str] = field(default_factory=dict)
    fallback: "ListEndpoint | None" = None


@dataclass(frozen=True, kw_only=True)
class DetailEndpoint:
    """An endpoint that returns the details of one record of a list.

    Attributes:
        path: Path with braces in place of the record's ID.
        record_name: What log messages call the record.
        id_column: Column of the list's records that holds this ID.
        required_field: Field that every such object has; without it, the response is invalid.
        records_key: Field that holds the records, if the endpoint returns a list.
    """

    path: str
    record_name: str
    id_column: str = "id"
    required_field: str = "id"
    records_key: str | None = None
