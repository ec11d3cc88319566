"""The base class of both plugins: it validates settings and makes the command line."""

from pathlib import Path
from typing import Any

import click
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.plugin_base import PluginBase
from typing_extensions import override

from spott_client.errors import ConfigError
from spott_singer.command import SpottCommand, read_json_file
from spott_singer.config import validate_config


class SpottPlugin(PluginBase):
    """A plugin whose errors name the setting, never show a secret, and take one line each."""

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Validate the settings. The SDK's messages omit the setting's name and show secrets. Null counts as unset."""
        self.append_builtin_config(self.config_jsonschema)
        defaults = {
            name: setting["default"]
            for name, setting in self.config_jsonschema["properties"].items()
            if "default" in setting
        }
        self._config = defaults | {name: value for name, value in self._config.items() if value is not None}
        errors = list(validate_config(self._config, self.config_jsonschema, self._env_var_prefix))
        if errors and raise_errors:
            msg = "; ".join(errors)
            raise ConfigValidationError(msg, errors=errors, schema=self.config_jsonschema)
        return errors

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        for path in value:
            if path != "ENV":
                try:
                    with Path(path).open() as file:
                        read_json_file(f"--config {path}", file)
                except OSError as error:
                    msg = f"--config {path}: {error.strerror}; check the path"
                    raise ConfigError(msg) from None
        return super().cb_config(ctx, param, value)

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        return SpottCommand(
            name=command.name,
            callback=command.callback,
            params=command.params,
            help=command.help,
            context_settings=command.context_settings,
            logger=cls.logger,
        )
