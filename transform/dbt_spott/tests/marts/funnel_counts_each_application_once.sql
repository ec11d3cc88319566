-- The counts per stage add up to the applications, and no stage has more than the stages from there on.

with expected as (

    select
        source_relation,
        count(*) as applications
    from {{ ref('stg_spott__applications') }}
    group by source_relation

),

actual as (

    select
        source_relation,
        sum(applications) as applications
    from {{ ref('spott__application_funnel') }}
    group by source_relation

)

select
    expected.source_relation,
    cast(null as {{ dbt.type_string() }}) as stage_id,
    expected.applications as expected_applications,
    actual.applications as actual_applications
from expected
left join actual
    on expected.source_relation = actual.source_relation
where coalesce(expected.applications <> actual.applications, true)

union all

select
    source_relation,
    stage_id,
    here_or_beyond as expected_applications,
    applications as actual_applications
from {{ ref('spott__application_funnel') }}
where stage_order is not null
    and applications > here_or_beyond
