"""`kubernetes.yaml` makes a valid Job. There is no cluster: no test starts it."""

import json
import os
import subprocess
from pathlib import Path

import yaml

from demo.fleet import BIN, Fleet
from demo.install import ROOT, pip_settings_for_uv
from tests.orchestrate.conftest import UV
from tests.support.tap import clean_environment

RUN_ID = "5a5e9a3c-4f64-4a3f-9d5e-0d3c1d1f2b4a"
KUBECONFIG = {
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "current-context": "none",
    "users": [{"name": "none", "user": {}}],
}


def test_job_of_a_load_is_valid_and_has_no_key(fleet: Fleet, tmp_path: Path) -> None:
    assert fleet  # its fixture installs the environment
    environment = pip_settings_for_uv() | clean_environment()
    requirements = f"--requirement={ROOT / 'orchestrate/kubernetes-requirements.txt'}"
    install = [str(UV), "pip", "install", "--quiet", f"--python={BIN / 'python'}", requirements]
    subprocess.run(install, env=environment, check=True)
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(KUBECONFIG))
    made = subprocess.run(
        [BIN / "python", "tests/orchestrate/kubernetes_job.py", tmp_path / "kubeconfig", RUN_ID],
        cwd=ROOT,
        env=os.environ | fleet.environment | {"SPOTT_IMAGE": "registry.example/spott:1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (tmp_path / "job.json").write_text(made.stdout)
    command = [str(UV.with_name("uvx")), "kubernetes-validate@1.34.1", "--strict", str(tmp_path / "job.json")]
    validated = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert validated.returncode == 0, validated.stdout

    job = json.loads(made.stdout)["spec"]
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    assert job["backoffLimit"] == 0, "Dagster repeats runs, Kubernetes doesn't"
    assert pod["terminationGracePeriodSeconds"] == 120
    assert [volume["secret"]["secretName"] for volume in pod["volumes"]] == ["spott-accounts"]
    assert [(mount["name"], mount["readOnly"]) for mount in container["volumeMounts"]] == [("accounts", True)]
    assert container["envFrom"] == [{"secretRef": {"name": "spott-databases"}}]
    assert "API_KEY" not in made.stdout


def test_configurations_differ_only_in_the_launcher() -> None:
    names = ("dagster.yaml", "celery.yaml", "kubernetes.yaml")
    configurations = [yaml.safe_load((ROOT / "orchestrate" / name).read_text()) for name in names]
    launchers = [configuration.pop("run_launcher", {}).get("class") for configuration in configurations]
    assert launchers == [None, "CeleryRunLauncher", "K8sRunLauncher"]
    for configuration in configurations:
        configuration["concurrency"]["runs"].pop("max_concurrent_runs")
    assert configurations == configurations[:1] * 3
