"""An HTTP client for the sandbox's API, independent of its code."""

from typing import Any

import requests

from spott_sandbox import Sandbox

CONTACTS = "/clients/contacts"
OPPORTUNITIES = "/opportunities"
PAGINATED = {
    "client_contacts": CONTACTS,
    "opportunities": OPPORTUNITIES,
    "clients": "/clients",
    "candidates": "/candidates",
    "vacancies": "/vacancies",
    "applications": "/applications",
    "notes": "/notes",
    "tasks": "/tasks",
    "meetings": "/meetings",
    "lists": "/lists",
    "placements": "/placements",
    "attachments": "/attachments",
    "candidate_attribute_definitions": "/custom-attributes/candidate/definitions",
}
"""Lists with pagination, by stream."""
PAGE_NUMBERED = ("placements", "attachments", "candidate_attribute_definitions")
UNPAGINATED = {
    "users": ["/users"],
    "pipeline_stages": [
        f"/pipeline/{name}/stages" for name in ("applications", "vacancies", "clients", "opportunities")
    ],
    "attribute_definitions": ["/candidates/columns", "/clients/columns", "/vacancies/columns", f"{CONTACTS}/columns"],
}
"""Lists without pagination: each stream's paths."""
DETAILS = {
    "client_contact_details": f"{CONTACTS}/{{}}",
    "opportunity_details": "/opportunities/{}",
    "client_details": "/clients/{}",
    "candidate_details": "/candidates/{}",
    "vacancy_details": "/vacancies/{}",
    "application_details": "/applications/{}",
    "application_activities": "/applications/{}/activities",
    "placement_details": "/placements/{}",
}
LISTS = (*PAGINATED, *UNPAGINATED)
Record = dict[str, Any]


def send(
    sandbox: Sandbox,
    path: str,
    method: str = "GET",
    timeout: float = 10,
    **options: Any,  # noqa: ANN401 - any option of requests
) -> requests.Response:
    headers = {"x-api-key": sandbox.api_key, "accept-encoding": "identity"} | options.pop("headers", {})
    url = sandbox.url + path
    return requests.request(method, url, headers=headers, timeout=timeout, allow_redirects=False, **options)


def get(sandbox: Sandbox, path: str, **query: object) -> requests.Response:
    return send(sandbox, path, params=query)


def read_pages(sandbox: Sandbox, path: str = CONTACTS, **query: object) -> list[list[Record]]:
    pages: list[list[Record]] = []
    page_params: dict[str, object] | None = {}
    while page_params is not None:
        response = get(sandbox, path, **query, **page_params).json()
        pages.append(response["items"])
        page_params = next_page_params(response)
    return pages


def next_page_params(response: Record) -> dict[str, object] | None:
    """Return the query parameter for the page after this response; None after the last page."""
    position = response.get("pageInfo") or response["pagination"]
    cursor = position.get("nextCursor") or position.get("cursor")
    if not position.get("hasNextPage", position.get("hasMore", cursor)):
        return None
    return {"page": position["page"] + 1} if "page" in position else {"cursor": cursor}


def read_all(sandbox: Sandbox, path: str = CONTACTS, **query: object) -> list[Record]:
    return [record for page in read_pages(sandbox, path, **query) for record in page]


def records(items: list[Record]) -> list[Record]:
    return [item["record"] for item in items]


def texts_at(value: object, path: str) -> set[str]:
    """Return the texts at a path such as `links.candidate.id`, including those in arrays."""
    if isinstance(value, list):
        return {text for item in value for text in texts_at(item, path)}
    if isinstance(value, dict):
        key, _, rest = path.partition(".")
        return texts_at(value.get(key), rest)
    return {value} if isinstance(value, str) and not path else set()
