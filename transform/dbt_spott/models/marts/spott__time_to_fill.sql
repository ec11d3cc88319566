{{ config(enabled=dbt_spott.has_streams('vacancies', 'placements')) }}

with vacancies as (

    select * from {{ ref('stg_spott__vacancies') }}

),

placements as (

    select
        source_relation,
        vacancy_id,
        max(company_id) as company_id,
        max(company_name) as company_name,
        count(*) as placements,
        min(placed_at) as first_placed_at
    from {{ ref('spott__placements') }}
    where not is_extension
    group by source_relation, vacancy_id

)

select
    vacancies.source_relation,
    vacancies.id as vacancy_id,
    vacancies.name as vacancy_name,
    vacancies.client_id,
    vacancies.client_name,
    placements.company_id,
    placements.company_name,
    vacancies.stage_id,
    vacancies.stage_name,
    vacancies.stage_is_open as is_open,
    vacancies.created_at,
    placements.first_placed_at,
    cast(coalesce(placements.placements, 0) as {{ dbt.type_int() }}) as placements,
    case
        when placements.first_placed_at >= vacancies.created_at
            then {{ dbt.datediff('vacancies.created_at', 'placements.first_placed_at', 'day') }}
    end as days_to_fill,
    case
        when vacancies.stage_is_open and placements.first_placed_at is null
            then {{ dbt.datediff('vacancies.created_at', dbt_spott.now(), 'day') }}
    end as days_open
from vacancies
left join placements
    on vacancies.source_relation = placements.source_relation
    and vacancies.id = placements.vacancy_id
