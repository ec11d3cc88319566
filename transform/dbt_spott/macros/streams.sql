{#- Return whether all these streams are loaded. -#}
{% macro has_streams() %}
    {%- set missing = varargs | reject('in', var('spott_streams')) | list -%}
    {{ return(missing | length == 0) }}
{% endmacro %}

{#- Return the table of a stream in each schema. Only the first one is a source that dbt knows. -#}
{% macro tables(stream) %}
    {%- set tables = [] -%}
    {%- for schema in var('spott_schemas') -%}
        {%- do tables.append(source('spott', stream).incorporate(path={'schema': schema})) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}
