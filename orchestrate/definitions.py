"""What Dagster loads: `dagster-daemon run --module-name orchestrate.definitions`."""

from dagster import Definitions, in_process_executor

from orchestrate import schedules
from orchestrate.models import models
from orchestrate.streams import load_account

definitions = Definitions(
    assets=[load_account, models],
    jobs=[schedules.LOAD, schedules.BUILD],
    schedules=[schedules.loads, schedules.builds],
    sensors=[schedules.accounts],
    executor=in_process_executor,  # one process per run
)
