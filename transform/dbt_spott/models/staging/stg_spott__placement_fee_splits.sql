{{ config(enabled=dbt_spott.has_streams('placements')) }}

{% if dbt_spott.is_absent('placements', 'fee') %}
{{ dbt_spott.no_rows({
    'source_relation': 'string',
    'placement_id': 'string',
    'user_id': 'string',
    'user_name': 'string',
    'percentage': 'numeric',
}) }}
{% else %}
{% for table in dbt_spott.tables('placements') %}
select
    '{{ table.schema }}' as source_relation,
    {{ dbt_spott.value('placements', ['id'], 'string') }} as placement_id,
    {{ dbt_spott.item_value('item', ['user', 'id']) }} as user_id,
    {{ dbt_spott.item_value('item', ['user', 'name']) }} as user_name,
    {{ dbt_spott.item_value('item', ['percentage'], 'numeric') }} as percentage
from {{ table }} as record
{{ dbt_spott.join_list(dbt_spott.value('placements', ['fee'], 'object'), ['splits'], 'item') }}
where {{ dbt_spott.is_live() }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endif %}
