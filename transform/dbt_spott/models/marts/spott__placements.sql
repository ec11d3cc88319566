{{ config(enabled=dbt_spott.has_streams('placements')) }}

with placements as (

    select * from {{ ref('stg_spott__placements') }}

),

splits as (

    select
        source_relation,
        placement_id,
        sum(percentage) as split_total
    from {{ ref('stg_spott__placement_fee_splits') }}
    group by source_relation, placement_id

)

select
    placements.source_relation,
    placements.id as placement_id,
    placements.application_id,
    placements.candidate_id,
    placements.company_id,
    placements.company_name,
    placements.vacancy_id,
    placements.vacancy_name,
    placements.placed_by_user_id as recruiter_id,
    placements.placed_by_user_name as recruiter_name,
    placements.placed_by_user_deactivated_at is not null as recruiter_has_left,
    placements.placed_at,
    cast({{ dbt.date_trunc('month', 'placements.placed_at') }} as date) as placed_month,
    placements.start_date,
    placements.end_date,
    coalesce(
        placements.start_date <= {{ dbt_spott.now() }}
        and (placements.end_date is null or placements.end_date > {{ dbt_spott.now() }}),
        false
    ) as is_running,
    placements.extension_of_id,
    placements.extension_of_id is not null as is_extension,
    placements.fee_net_amount as net_fee,
    placements.fee_net_currency as currency,
    cast(coalesce(splits.split_total, 0) as {{ dbt.type_numeric() }}) as fee_split_total
from placements
left join splits
    on placements.source_relation = splits.source_relation
    and placements.id = splits.placement_id
