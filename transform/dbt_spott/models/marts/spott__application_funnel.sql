{{ config(enabled=dbt_spott.has_streams('applications')) }}

-- Spott can omit the order of a stage in one application and give it in another.
with applications as (

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
    from applications

),

counts as (

    select
        applications.source_relation,
        applications.company_id,
        max(applications.company_name) as company_name,
        applications.is_speculative,
        stages.stage_id,
        stages.stage_name,
        cast(stages.stage_order as {{ dbt.type_int() }}) as stage_order,
        {{ dbt_spott.count_where("coalesce(applications.stage_id, '') = coalesce(stages.stage_id, '')") }} as applications,
        {{ dbt_spott.count_where('applications.stage_order >= stages.stage_order') }} as here_or_beyond
    from applications
    inner join stages
        on applications.source_relation = stages.source_relation
        and applications.is_speculative = stages.is_speculative
    group by
        applications.source_relation,
        applications.company_id,
        applications.is_speculative,
        stages.stage_id,
        stages.stage_name,
        stages.stage_order

)

select * from counts
where stage_id is not null or applications > 0
