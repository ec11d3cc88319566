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

{#- Return whether a column of a stream is not loaded. -#}
{% macro is_absent(stream, column) %}
    {{ return(column in var('spott_absent_columns').get(stream, [])) }}
{% endmacro %}

{#- Return a query without rows, for the model of a list that is not loaded. -#}
{% macro no_rows(types) %}
select
    {%- for column, type in types.items() %}
    cast(null as {{ dbt_spott.type_of(type) }}) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
limit 0
{% endmacro %}
