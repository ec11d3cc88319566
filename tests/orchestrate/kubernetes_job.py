"""Print the Job that `kubernetes.yaml` makes of a load. Runs in Dagster's environment."""

import json
import sys
from pathlib import Path

import yaml
from dagster import DagsterRun
from dagster._config import process_config
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import construct_dagster_k8s_job
from kubernetes.client import ApiClient

kubeconfig, run_id = sys.argv[1:]
config = yaml.safe_load(Path("orchestrate/kubernetes.yaml").read_text())["run_launcher"]["config"]
config |= {"load_incluster_config": False, "kubeconfig_file": kubeconfig}  # there is no cluster
processed = process_config(K8sRunLauncher.config_type(), config)
assert processed.success, processed.errors
launcher = K8sRunLauncher.from_config_value(None, processed.value)
run = DagsterRun(job_name="load_accounts", run_id=run_id, tags={"dagster/partition": "north"})
context = K8sContainerContext.create_for_run(run, launcher, include_run_tags=True)
job = construct_dagster_k8s_job(
    job_config=context.get_k8s_job_config(job_image=None, run_launcher=launcher),
    args=["dagster", "api", "execute_run", "{}"],
    job_name=f"dagster-run-{run_id}",
    user_defined_k8s_config=context.run_k8s_config,
    component="run_worker",
)
sys.stdout.write(json.dumps(ApiClient().sanitize_for_serialization(job)))
