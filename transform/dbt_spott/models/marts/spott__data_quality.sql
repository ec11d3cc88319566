{#- By model: the streams that it needs, and its checks. A check has a name, the rows that it covers, and those that fail. -#}
{%- set checks_by_model = {
    'spott__client_contacts': (['client_contacts', 'client_contact_details'], [
        ('contact_without_company', 'true', 'company_id is null'),
        ('contact_ends_before_start', 'true', 'end_date < start_date'),
        ('active_contact_without_email', 'is_active', 'lacks_email'),
        ('active_contact_without_phone', 'is_active', 'phone is null'),
        ('active_contact_shares_email', 'is_active', 'shares_email'),
        ('active_contact_without_main_contact', 'is_active', 'main_contact_id is null'),
        ('active_contact_main_contact_left', 'is_active', 'main_contact_has_left'),
    ]),
    'spott__opportunities': (['opportunities'], [
        ('opportunity_without_company', 'true', 'company_id is null'),
        ('opportunity_without_stage', 'true', 'stage_id is null'),
        ('open_opportunity_without_owner', 'is_open', 'owner_id is null'),
        ('open_opportunity_owner_left', 'is_open', 'owner_has_left'),
        ('open_opportunity_overdue', 'is_open', 'is_overdue'),
        ('open_opportunity_without_next_task', 'is_open', 'has_no_next_task'),
    ]),
    'stg_spott__applications': (['applications'], [
        ('application_without_stage', 'true', 'stage_id is null'),
        ('application_without_candidate', 'true', 'candidate_id is null'),
    ]),
    'spott__placements': (['placements'], [
        ('placement_without_recruiter', 'true', 'recruiter_id is null'),
        ('placement_without_fee', 'true', 'net_fee is null'),
        ('placement_ends_before_start', 'true', 'end_date < start_date'),
        ('fee_without_currency', 'net_fee is not null', 'currency is null'),
        ('fee_not_split_in_full', 'net_fee is not null', 'fee_split_total <> 1'),
    ]),
    'stg_spott__tasks': (['tasks'], [
        ('open_task_without_assignee', 'not is_completed', 'assigned_to_id is null'),
        ('open_task_assignee_left', 'not is_completed', 'assigned_to_deactivated_at is not null'),
        ('open_task_overdue', 'not is_completed', 'due_date < ' ~ dbt_spott.now()),
    ]),
    'spott__time_to_fill': (['vacancies', 'placements'], [
        ('vacancy_filled_before_creation', 'placements > 0', 'first_placed_at < created_at'),
    ]),
} -%}
{%- set selects = [] -%}
{%- for model, (streams, checks) in checks_by_model.items() if dbt_spott.has_streams(*streams) -%}
    {%- for name, covered, failed in checks -%}
        {%- set select -%}
select
    source_relation,
    '{{ name }}' as check_name,
    '{{ model }}' as model_name,
    cast(count(*) as {{ dbt.type_int() }}) as records,
    {{ dbt_spott.count_where(failed) }} as wrong
from {{ ref(model) }}
where {{ covered }}
group by source_relation
        {%- endset -%}
        {%- do selects.append(select) -%}
    {%- endfor -%}
{%- endfor -%}
{{ config(enabled=selects | length > 0) }}

{{ selects | join('\n\nunion all\n\n') }}
