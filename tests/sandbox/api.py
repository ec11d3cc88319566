"""Asks a sandbox as any HTTP client would, knowing nothing of its code."""

from typing import Any

import requests

from spott_sandbox import Sandbox

CONTACTS = "/clients/contacts"
OPPORTUNITIES = "/opportunities"
PAGED = {
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
"""Lists with pages."""
NUMBERED = ("placements", "attachments", "candidate_attribute_definitions")
WHOLE = {
    "users": ["/users"],
    "pipeline_stages": [
        f"/pipeline/{name}/stages" for name in ("applications", "vacancies", "clients", "opportunities")
    ],
    "attribute_definitions": ["/candidates/columns", "/clients/columns", "/vacancies/columns", f"{CONTACTS}/columns"],
}
"""Lists without pages."""
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
LISTS = (*PAGED, *WHOLE)
Record = dict[str, Any]


def call(
    sandbox: Sandbox,
    path: str,
    method: str = "GET",
    timeout: float = 10,
    **options: Any,  # noqa: ANN401 - whatever requests takes
) -> requests.Response:
    headers = {"x-api-key": sandbox.api_key, "accept-encoding": "identity"} | options.pop("headers", {})
    url = sandbox.url + path
    return requests.request(method, url, headers=headers, timeout=timeout, allow_redirects=False, **options)


def ask(sandbox: Sandbox, path: str, **query: object) -> requests.Response:
    return call(sandbox, path, params=query)


def read_pages(sandbox: Sandbox, path: str = CONTACTS, **query: object) -> list[list[Record]]:
    pages: list[list[Record]] = []
    following: dict[str, object] | None = {}
    while following is not None:
        answer = ask(sandbox, path, **query, **following).json()
        pages.append(answer["items"])
        following = following_page(answer)
    return pages


def following_page(answer: Record) -> dict[str, object] | None:
    """Return the parameter that asks for the page after this one, None after the last."""
    place = answer.get("pageInfo") or answer["pagination"]
    cursor = place.get("nextCursor") or place.get("cursor")
    if not place.get("hasNextPage", place.get("hasMore", cursor)):
        return None
    return {"page": place["page"] + 1} if "page" in place else {"cursor": cursor}


def read_all(sandbox: Sandbox, path: str = CONTACTS, **query: object) -> list[Record]:
    return [record for page in read_pages(sandbox, path, **query) for record in page]


def records(items: list[Record]) -> list[Record]:
    return [item["record"] for item in items]


def texts_at(value: object, path: str) -> set[str]:
    """Return the texts at a path such as `links.candidate.id`, in arrays too."""
    if isinstance(value, list):
        return {text for item in value for text in texts_at(item, path)}
    if isinstance(value, dict):
        key, _, rest = path.partition(".")
        return texts_at(value.get(key), rest)
    return {value} if isinstance(value, str) and not path else set()
