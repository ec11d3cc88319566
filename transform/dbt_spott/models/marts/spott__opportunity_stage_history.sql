{{ config(enabled=dbt_spott.has_streams('opportunities')) }}

with versions as (

    select * from {{ ref('snap_spott__opportunities') }}

),

history as (

    select
        source_relation,
        min(dbt_valid_from) as started_at
    from versions
    group by source_relation

),

-- A deleted opportunity is in no stage until it returns.
intervals as (

    select
        source_relation,
        id as opportunity_id,
        company_id,
        stage_id,
        stage_name,
        cast(stage_order as {{ dbt.type_int() }}) as stage_order,
        stage_is_open as is_open,
        created_at,
        dbt_valid_from as valid_from,
        dbt_valid_to as valid_to,
        row_number() over (
            partition by source_relation, id
            order by dbt_valid_from
        ) as interval_number
    from versions
    where dbt_is_deleted = 'False'

)

select
    intervals.source_relation,
    intervals.opportunity_id,
    cast(intervals.interval_number as {{ dbt.type_int() }}) as interval_number,
    intervals.company_id,
    intervals.stage_id,
    intervals.stage_name,
    intervals.stage_order,
    intervals.is_open,
    intervals.valid_from,
    intervals.valid_to,
    intervals.valid_to is null as is_current,
    intervals.interval_number > 1
    or coalesce(intervals.created_at > history.started_at, false) as start_is_known,
    {{ dbt.datediff('intervals.valid_from', 'coalesce(intervals.valid_to, ' ~ dbt_spott.now() ~ ')', 'day') }} as days
from intervals
inner join history
    on intervals.source_relation = history.source_relation
