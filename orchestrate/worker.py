"""The Celery app of a worker. Its settings are those of the run launcher in dagster.yaml.

Start it with `celery --app=orchestrate.worker worker`.
"""

from dagster import DagsterInstance
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tasks import create_execute_job_task

launcher = DagsterInstance.get().run_launcher
if not isinstance(launcher, CeleryRunLauncher):
    msg = "dagster.yaml: run_launcher is not CeleryRunLauncher; copy orchestrate/celery.yaml to it"
    raise TypeError(msg)
app = launcher.celery
create_execute_job_task(app)
