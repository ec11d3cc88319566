"""The tap installs from a checkout and from a wheel, as the documents show."""

import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from spott_sandbox import Sandbox
from tests.support.documents import code_blocks, command_with, run_bash
from tests.support.meltano import ROOT, do, environment, source_settings
from tests.support.oracle import source

DEFINITION = yaml.safe_load((ROOT / "plugins/tap-spott.yml").read_text())


@pytest.mark.usefixtures("plugins")
def test_tap_installs_from_checkout_and_wheel_in_another_project(tmp_path: Path, sandbox: Sandbox) -> None:
    """The target isn't added too: one script writes both definitions, and one package holds both programs."""
    (tmp_path / "tap-spott").symlink_to(ROOT)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "meltano.yml").write_text("requires_meltano: '>=4'\nsend_anonymous_usage_stats: false\n")
    settings = source_settings(sandbox) | {
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "true",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }

    output = do(folder, f"{command_with('from-ref')}meltano invoke tap-spott", **settings)
    (plugin,) = yaml.safe_load((folder / "meltano.yml").read_text())["plugins"]["extractors"]
    assert plugin["pip_url"] == "../tap-spott"
    assert [setting["name"] for setting in plugin["settings"]] == [each["name"] for each in DEFINITION["settings"]]
    assert_records_written(output, sandbox)

    (wheel,) = [commands for commands in code_blocks(ROOT / "docs/operations.md", "sh") if "--wheel" in commands]
    do(folder, wheel, **settings)
    venv = folder / ".meltano/extractors/tap-spott/venv"
    (direct_url,) = venv.glob("lib/python*/site-packages/tap_spott-*.dist-info/direct_url.json")
    assert json.loads(direct_url.read_text())["url"].endswith(".whl")
    assert (venv / "bin/target-spott").exists()

    tools = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    run_bash(command_with("uv tool"), folder, environment(settings | tools))
    assert {"tap-spott", "target-spott"} <= {program.name for program in (tmp_path / "bin").iterdir()}
    # Without Meltano, whose start takes longer than the sync.
    for programs in (venv / "bin", tmp_path / "bin"):
        output = run_bash(f"{programs}/tap-spott --config=ENV", folder, environment(settings))
        assert_records_written(output, sandbox)


def assert_records_written(output: str, sandbox: Sandbox) -> None:
    """Check that a sync wrote each client contact of the sandbox."""
    messages = [json.loads(line) for line in output.splitlines() if line.startswith('{"type":"RECORD"')]
    written = {message["record"]["id"] for message in messages if message["stream"] == "client_contacts"}
    assert written == source(sandbox, "client_contacts").keys()
