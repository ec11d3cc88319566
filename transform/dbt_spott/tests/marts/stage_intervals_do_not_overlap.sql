-- An interval ends after it starts and before the next one starts, and only the last one is current.

with intervals as (

    select
        source_relation,
        opportunity_id,
        interval_number,
        valid_from,
        valid_to,
        lead(valid_from) over (
            partition by source_relation, opportunity_id
            order by interval_number
        ) as next_valid_from
    from {{ ref('spott__opportunity_stage_history') }}

)

select *
from intervals
where valid_to <= valid_from
    or (next_valid_from is not null and valid_to is null)
    or next_valid_from < valid_to
