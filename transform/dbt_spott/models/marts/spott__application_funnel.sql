{{ config(enabled=dbt_spott.has_streams('applications')) }}

-- Spott can omit the order of a stage in one application and give it in another.
with records as (

    select
        source_relation,
        vacancy_id is null as is_speculative,
        vacancy_company_id as company_id,
        vacancy_company_name as company_name,
        stage_id,
        max(stage_name) over (partition by source_relation, stage_id) as stage_name,
        max(stage_order) over (partition by source_relation, stage_id) as stage_order
    from {{ ref('stg_spott__applications') }}

),

-- Standard and speculative applications have different stages.
stages as (

    select distinct
        source_relation,
        is_speculative,
        stage_id,
        stage_name,
        stage_order
    from records

),

counts as (

    select
        records.source_relation,
        records.company_id,
        max(records.company_name) as company_name,
        records.is_speculative,
        stages.stage_id,
        stages.stage_name,
        cast(stages.stage_order as {{ dbt.type_int() }}) as stage_order,
        {{ dbt_spott.count_where("coalesce(records.stage_id, '') = coalesce(stages.stage_id, '')") }} as applications,
        {{ dbt_spott.count_where('records.stage_order >= stages.stage_order') }} as here_or_beyond
    from records
    inner join stages
        on records.source_relation = stages.source_relation
        and records.is_speculative = stages.is_speculative
    group by
        records.source_relation,
        records.company_id,
        records.is_speculative,
        stages.stage_id,
        stages.stage_name,
        stages.stage_order

)

select * from counts
where stage_id is not null or applications > 0
