"""The tap that the Meltano SDK's cookiecutter template generates, with its TODOs filled in and all defaults."""

import decimal
import sys
from pathlib import Path
from typing import Any, ClassVar

from singer_sdk import SchemaDirectory, StreamSchema, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.helpers.jsonpath import extract_jsonpath
from singer_sdk.streams import RESTStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

from collections.abc import Iterable

import requests
from singer_sdk.helpers.types import Context, Record
from singer_sdk.streams.rest import HTTPRequest, PageContext

SCHEMAS = SchemaDirectory(Path(__file__).resolve().parents[2] / "tap_spott" / "streams" / "schemas")


class SpottStream(RESTStream[str]):
    """The base class from the template."""

    records_jsonpath = "$.items[*]"
    next_page_token_jsonpath = "$.pagination.cursor"  # noqa: S105 - the SDK's name for a cursor; the value is a JSON path, not a password
    schema: ClassVar[StreamSchema] = StreamSchema(SCHEMAS)

    @property
    @override
    def url_base(self) -> str:
        return self.config["api_url"]

    @property
    @override
    def authenticator(self) -> APIKeyAuthenticator:
        return APIKeyAuthenticator(key="x-api-key", value=self.config["api_key"], location="header")

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        yield from extract_jsonpath(self.records_jsonpath, input=response.json(parse_float=decimal.Decimal))


class ClientContacts(SpottStream):
    """The parent stream."""

    name = "client_contacts"
    path = "/clients/contacts"
    primary_keys = ("id",)
    replication_key = "modifiedAt"

    @override
    def get_http_request(self, *, page: PageContext[Any]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        request.params["limit"] = 50
        request.params["cursor"] = page.next_page_token
        return request

    @override
    def generate_child_contexts(self, record: Record, context: Context | None) -> Iterable[Context]:
        if record["candidateId"]:
            yield {"candidateId": record["candidateId"]}


class ClientContactDetails(SpottStream):
    """The child stream, with one request per contact."""

    name = "client_contact_details"
    path = "/clients/contacts/{candidateId}"
    primary_keys = ("candidateId",)
    parent_stream_type = ClientContacts
    records_jsonpath = "$"
    next_page_token_jsonpath = None


class TapPlain(Tap):
    """The tap."""

    name = "tap-plain"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("api_key", th.StringType, required=True, secret=True),
    ).to_dict()

    @override
    def discover_streams(self) -> list[SpottStream]:
        return [ClientContacts(self), ClientContactDetails(self)]


if __name__ == "__main__":
    TapPlain.cli()
