{{ config(enabled=dbt_spott.has_streams('client_contacts', 'client_contact_details', 'opportunities', 'placements')) }}

with contacts as (

    select
        source_relation,
        company_id,
        company_name,
        case when is_active then 1 else 0 end as active_contacts,
        last_interaction_at,
        case when next_interaction_at >= {{ dbt_spott.now() }} then next_interaction_at end as next_interaction_at,
        0 as open_opportunities,
        0 as placements
    from {{ ref('spott__client_contacts') }}

),

opportunities as (

    select
        source_relation,
        company_id,
        company_name,
        0 as active_contacts,
        cast(null as {{ dbt.type_timestamp() }}) as last_interaction_at,
        cast(null as {{ dbt.type_timestamp() }}) as next_interaction_at,
        case when is_open then 1 else 0 end as open_opportunities,
        0 as placements
    from {{ ref('spott__opportunities') }}

),

placements as (

    select
        source_relation,
        company_id,
        company_name,
        0 as active_contacts,
        cast(null as {{ dbt.type_timestamp() }}) as last_interaction_at,
        cast(null as {{ dbt.type_timestamp() }}) as next_interaction_at,
        0 as open_opportunities,
        1 as placements
    from {{ ref('spott__placements') }}

),

records as (

    select * from contacts
    union all
    select * from opportunities
    union all
    select * from placements

),

companies as (

    select
        source_relation,
        company_id,
        max(company_name) as company_name,
        cast(sum(active_contacts) as {{ dbt.type_int() }}) as active_contacts,
        max(last_interaction_at) as last_interaction_at,
        min(next_interaction_at) as next_interaction_at,
        cast(sum(open_opportunities) as {{ dbt.type_int() }}) as open_opportunities,
        cast(sum(placements) as {{ dbt.type_int() }}) as placements
    from records
    where company_id is not null
    group by source_relation, company_id

)

select
    source_relation,
    company_id,
    company_name,
    active_contacts,
    last_interaction_at,
    {{ dbt.datediff('last_interaction_at', dbt_spott.now(), 'day') }} as days_since_last_interaction,
    next_interaction_at,
    open_opportunities,
    placements,
    active_contacts > 0
    and next_interaction_at is null
    and coalesce({{ dbt.datediff('last_interaction_at', dbt_spott.now(), 'day') }} > 90, true) as is_neglected
from companies
