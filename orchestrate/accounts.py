"""Accounts: a settings file each, the form that a mounted Kubernetes Secret takes."""

import os
import re
from collections import Counter
from pathlib import Path

from dotenv import dotenv_values

PREFIX = "TAP_SPOTT_"
KEY = f"{PREFIX}API_KEY"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class AccountError(Exception):
    """A settings file is missing or invalid. The message never contains a value."""


def list_accounts() -> list[str]:
    """Return the names of all accounts in order.

    Raises:
        AccountError: The folder is missing, a file is invalid, or two files have the same API key.
    """
    folder = accounts_folder()
    if not folder.is_dir():
        msg = f"{folder}: no such folder; set SPOTT_ACCOUNTS to the folder of the account files"
        raise AccountError(msg)
    names = sorted(path.stem for path in folder.glob("*.env"))
    keys = {name: read_account(name)[KEY] for name in names}
    repeated = Counter(keys.values())
    if same := [name for name in names if repeated[keys[name]] > 1]:
        # A limit per account would not be a limit per key.
        msg = f"{', '.join(same)}: at least two of these accounts have the same API key; remove one of them"
        raise AccountError(msg)
    return names


def read_account(name: str) -> dict[str, str]:
    """Return the settings of an account as environment variables for Meltano.

    Raises:
        AccountError: The file is missing or invalid.
    """
    path = accounts_folder() / f"{name}.env"
    if not NAME.fullmatch(name):
        msg = f"{path}: not a valid name; use up to 40 lowercase letters, digits and underscores, a letter first"
        raise AccountError(msg)
    if not path.is_file():
        msg = f"{path}: no such file; add it, or cancel the loads of this account"
        raise AccountError(msg)
    settings = {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}
    if unknown := [name for name in settings if not name.startswith(PREFIX)]:
        msg = f"{path}: {len(unknown)} variables don't begin with {PREFIX}; remove them"
        raise AccountError(msg)
    if not settings.get(KEY):
        msg = f"{path}: {KEY} is missing; copy the key from Settings > API Keys in Spott"
        raise AccountError(msg)
    return settings


def accounts_folder() -> Path:
    """Return the folder of the account files."""
    return Path(os.environ.get("SPOTT_ACCOUNTS", "accounts"))


def schema_of(account: str) -> str:
    """Return the warehouse schema of an account."""
    return f"spott_{account}"
