{#- Spott can omit entityType, but a link always has an object named after the entity. -#}
{{ config(enabled=dbt_spott.has_streams('notes')) }}
{%- set entities = ['application', 'candidate', 'client', 'clientContact', 'opportunity', 'vacancy'] %}

{% if dbt_spott.is_absent('notes', 'links') %}
{{ dbt_spott.no_rows({
    'source_relation': 'string',
    'note_id': 'string',
    'link_id': 'string',
    'entity_type': 'string',
    'entity_id': 'string',
}) }}
{% else %}
{% for table in dbt_spott.tables('notes') %}
select
    '{{ table.schema }}' as source_relation,
    {{ dbt_spott.value('notes', ['id'], 'string') }} as note_id,
    {{ dbt_spott.open_value('item', ['id']) }} as link_id,
    case
        {%- for entity in entities %}
        when {{ dbt_spott.open_value('item', [entity, 'id']) }} is not null then '{{ entity }}'
        {%- endfor %}
        else {{ dbt_spott.open_value('item', ['entityType']) }}
    end as entity_type,
    coalesce(
        {%- for entity in entities %}
        {{ dbt_spott.open_value('item', [entity, 'id']) }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as entity_id
from {{ table }} as record
{{ dbt_spott.join_column('links', 'item') }}
where {{ dbt_spott.is_live() }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endif %}
