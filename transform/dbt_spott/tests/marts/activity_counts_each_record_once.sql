-- The counts per user and day add up to the notes, tasks and placements that have a user and a time.

with expected as (

    select
        (
            select count(*) from {{ ref('stg_spott__notes') }}
            where created_by_id is not null and created_at is not null
        ) as notes,
        (
            select count(*) from {{ ref('stg_spott__tasks') }}
            where is_completed and assigned_to_id is not null and completed_at is not null
        ) as tasks_completed,
        (
            select count(*) from {{ ref('spott__placements') }}
            where recruiter_id is not null and placed_at is not null
        ) as placements

),

actual as (

    select
        coalesce(sum(notes), 0) as notes,
        coalesce(sum(tasks_completed), 0) as tasks_completed,
        coalesce(sum(placements), 0) as placements
    from {{ ref('spott__user_activity_daily') }}

)

select
    expected.notes as expected_notes,
    actual.notes as actual_notes,
    expected.tasks_completed as expected_tasks_completed,
    actual.tasks_completed as actual_tasks_completed,
    expected.placements as expected_placements,
    actual.placements as actual_placements
from expected
cross join actual
where expected.notes <> actual.notes
    or expected.tasks_completed <> actual.tasks_completed
    or expected.placements <> actual.placements
