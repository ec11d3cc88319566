{{ config(enabled=dbt_spott.has_streams('notes', 'tasks', 'placements')) }}

with notes as (

    select
        source_relation,
        created_by_id as user_id,
        created_by_name as user_name,
        cast(created_at as date) as activity_date,
        1 as notes,
        case when call_id is null then 0 else 1 end as calls,
        0 as tasks_completed,
        0 as placements
    from {{ ref('stg_spott__notes') }}

),

tasks as (

    select
        source_relation,
        assigned_to_id as user_id,
        assigned_to_name as user_name,
        cast(completed_at as date) as activity_date,
        0 as notes,
        0 as calls,
        1 as tasks_completed,
        0 as placements
    from {{ ref('stg_spott__tasks') }}
    where is_completed

),

placements as (

    select
        source_relation,
        recruiter_id as user_id,
        recruiter_name as user_name,
        cast(placed_at as date) as activity_date,
        0 as notes,
        0 as calls,
        0 as tasks_completed,
        1 as placements
    from {{ ref('spott__placements') }}

),

activities as (

    select * from notes
    union all
    select * from tasks
    union all
    select * from placements

)

select
    source_relation,
    user_id,
    max(user_name) as user_name,
    activity_date,
    cast(sum(notes) as {{ dbt.type_int() }}) as notes,
    cast(sum(calls) as {{ dbt.type_int() }}) as calls,
    cast(sum(tasks_completed) as {{ dbt.type_int() }}) as tasks_completed,
    cast(sum(placements) as {{ dbt.type_int() }}) as placements
from activities
where user_id is not null
    and activity_date is not null
group by source_relation, user_id, activity_date
