{{ config(enabled=dbt_spott.has_streams('tasks')) }}
{%- set lists = {
    'candidates': 'candidate',
    'clientContacts': 'clientContact',
    'clients': 'client',
    'opportunities': 'opportunity',
    'teams': 'team',
    'users': 'user',
    'vacancies': 'vacancy',
} %}

{% if dbt_spott.is_absent('tasks', 'links') %}
{{ dbt_spott.no_rows({
    'source_relation': 'string',
    'task_id': 'string',
    'entity_type': 'string',
    'entity_id': 'string',
}) }}
{% else %}
{% for table in dbt_spott.tables('tasks') %}
{%- set last_table = loop.last %}
{%- for list, entity in lists.items() %}
select
    '{{ table.schema }}' as source_relation,
    {{ dbt_spott.value('tasks', ['id'], 'string') }} as task_id,
    '{{ entity }}' as entity_type,
    {{ dbt_spott.item_value('item', ['id']) }} as entity_id
from {{ table }} as record
{{ dbt_spott.join_list(dbt_spott.value('tasks', ['links'], 'object'), [list], 'item') }}
where {{ dbt_spott.is_live() }}
{% if not (loop.last and last_table) %}union all{% endif %}
{% endfor %}
{% endfor %}
{% endif %}
