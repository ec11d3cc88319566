{#- Return one column for each custom attribute that the variable lists for a stream. -#}
{% macro custom_attributes(stream) %}
    {%- for attribute in var('spott_custom_attributes').get(stream, []) %}
    {%- if dbt_spott.is_absent(stream, 'customAttributes') %}
    cast(null as {{ dbt_spott.type_of(attribute['type']) }})
    {%- else %}
    (
        select {{ dbt_spott.open_value(dbt_spott.attribute_object(), [attribute['field']], attribute['type']) }}
        from {{ dbt_spott.join_column('customAttributes', 'attribute') | replace('cross join ', '') }}
        where {{ dbt_spott.item_value('attribute', ['attributeDefinitionId']) }} = '{{ attribute['id'] }}'
        limit 1
    )
    {%- endif %} as {{ attribute['name'] }},
    {%- endfor -%}
{% endmacro %}

{#- Return the open object with the value of a custom attribute. -#}
{% macro attribute_object() %}{{ return(dbt_spott.item_value('attribute', ['value'], 'json')) }}{% endmacro %}
