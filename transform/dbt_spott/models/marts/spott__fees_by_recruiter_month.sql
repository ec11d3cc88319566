{{ config(enabled=dbt_spott.has_streams('placements')) }}

with placements as (

    select * from {{ ref('spott__placements') }}
    where net_fee is not null

),

-- The part of each fee that a split gives to a user.
split_fees as (

    select
        placements.source_relation,
        placements.placement_id,
        splits.user_id as recruiter_id,
        splits.user_name as recruiter_name,
        placements.placed_month,
        placements.currency,
        placements.net_fee * coalesce(splits.percentage, 0) as split_fee,
        0 as unsplit_fee
    from placements
    inner join {{ ref('stg_spott__placement_fee_splits') }} as splits
        on placements.source_relation = splits.source_relation
        and placements.placement_id = splits.placement_id

),

-- The rest, which no split gives to anybody, goes to the recruiter of the placement.
unsplit_fees as (

    select
        source_relation,
        placement_id,
        recruiter_id,
        recruiter_name,
        placed_month,
        currency,
        0 as split_fee,
        net_fee * (1 - fee_split_total) as unsplit_fee
    from placements
    where fee_split_total <> 1

),

fees as (

    select * from split_fees
    union all
    select * from unsplit_fees

)

select
    source_relation,
    recruiter_id,
    max(recruiter_name) as recruiter_name,
    placed_month,
    currency,
    cast(count(distinct placement_id) as {{ dbt.type_int() }}) as placements,
    cast(sum(split_fee) as {{ dbt.type_numeric() }}) as split_fee,
    cast(sum(unsplit_fee) as {{ dbt.type_numeric() }}) as unsplit_fee,
    cast(sum(split_fee + unsplit_fee) as {{ dbt.type_numeric() }}) as fee
from fees
group by source_relation, recruiter_id, placed_month, currency
