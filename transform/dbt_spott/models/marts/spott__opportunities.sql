{{ config(enabled=dbt_spott.has_streams('opportunities')) }}

with opportunities as (

    select * from {{ ref('stg_spott__opportunities') }}

)

select
    source_relation,
    id as opportunity_id,
    name as opportunity_name,
    company_id,
    company_name,
    owner_id,
    owner_name,
    owner_deactivated_at is not null as owner_has_left,
    stage_id,
    stage_name,
    cast(stage_order as {{ dbt.type_int() }}) as stage_order,
    stage_is_open as is_open,
    created_at,
    {{ dbt.datediff('created_at', dbt_spott.now(), 'day') }} as age_days,
    close_date_target as target_close_date,
    coalesce(stage_is_open and close_date_target < {{ dbt_spott.now() }}, false) as is_overdue,
    next_task_due_id as next_task_id,
    next_task_due_due_date as next_task_due_at,
    coalesce(stage_is_open and next_task_due_id is null, false) as has_no_next_task
from opportunities
