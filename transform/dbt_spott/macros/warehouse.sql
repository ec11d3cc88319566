{#- What differs between warehouses. Types are string, numeric, boolean, timestamp and json. dbt's own type of numbers is
    not used, because on PostgreSQL it has six decimals: latitudes and shares of fees can have more. -#}

{% macro type_of(type) %}{{ return({
    'string': dbt.type_string(),
    'numeric': 'numeric',
    'boolean': dbt.type_boolean(),
    'timestamp': dbt.type_timestamp(),
    'json': dbt_spott.type_json(),
}[type]) }}{% endmacro %}

{% macro type_json() %}{{ return(adapter.dispatch('type_json', 'dbt_spott')()) }}{% endmacro %}
{% macro postgres__type_json() %}{{ return('jsonb') }}{% endmacro %}
{% macro bigquery__type_json() %}{{ return('json') }}{% endmacro %}

{#- Return the time of the build in UTC, as a timestamp of the same type as the columns. -#}
{% macro now() %}{{ return(adapter.dispatch('now', 'dbt_spott')()) }}{% endmacro %}
{% macro postgres__now() %}{{ return("(now() at time zone 'UTC')") }}{% endmacro %}
{% macro bigquery__now() %}{{ return('current_timestamp()') }}{% endmacro %}

{#- Return the condition for rows that no sync has found deleted. The loader of BigQuery can't mark deleted rows. -#}
{% macro is_live() %}{{ return(adapter.dispatch('is_live', 'dbt_spott')()) }}{% endmacro %}
{% macro postgres__is_live() %}{{ return('record._sdc_deleted_at is null') }}{% endmacro %}
{% macro bigquery__is_live() %}{{ return('true') }}{% endmacro %}

{#- Return the value at a path of a stream's row `record`; null if the column is not loaded. -#}
{% macro value(stream, path, type) %}
    {%- if dbt_spott.is_absent(stream, path[0]) -%}
        {{ return('cast(null as ' ~ dbt_spott.type_of(type) ~ ')') }}
    {%- endif -%}
    {{ return(adapter.dispatch('value', 'dbt_spott')('record', path, type)) }}
{% endmacro %}

{% macro postgres__value(alias, path, type) %}
    {%- set column = alias ~ '."' ~ path[0] ~ '"' -%}
    {%- if path | length > 1 -%}
        {{ return(dbt_spott.item_value(column, path[1:], type)) }}
    {%- elif type == 'json' -%}
        {{ return('to_jsonb(' ~ column ~ ')') }}
    {%- else -%}
        {{ return(column) }}
    {%- endif -%}
{% endmacro %}

{% macro bigquery__value(alias, path, type) %}
    {{ return(dbt_spott.item_value(alias, path, type)) }}
{% endmacro %}

{#- Return the value at a path of an object, such as an item of a list. -#}
{% macro item_value(item, path, type='string') %}
    {{ return(adapter.dispatch('item_value', 'dbt_spott')(item, path, type)) }}
{% endmacro %}

{% macro postgres__item_value(item, path, type) %}
    {%- if type == 'json' -%}
        {{ return('(' ~ item ~ " #> '{" ~ path | join(',') ~ "}')") }}
    {%- endif -%}
    {{ return(dbt_spott.text_as('(' ~ item ~ " #>> '{" ~ path | join(',') ~ "}')", type)) }}
{% endmacro %}

{% macro bigquery__item_value(item, path, type) %}
    {%- set field = item ~ '.`' ~ path | join('`.`') ~ '`' -%}
    {%- if type == 'numeric' -%}
        {{ return('cast(' ~ field ~ ' as numeric)') }}
    {%- elif type == 'json' -%}
        {{ return('to_json(' ~ field ~ ')') }}
    {%- else -%}
        {{ return(field) }}
    {%- endif -%}
{% endmacro %}

{#- Return the value at a path of an open object, whose fields the schema doesn't declare. -#}
{% macro open_value(object, path, type='string') %}
    {{ return(adapter.dispatch('open_value', 'dbt_spott')(object, path, type)) }}
{% endmacro %}

{% macro postgres__open_value(object, path, type) %}
    {{ return(dbt_spott.item_value(object, path, type)) }}
{% endmacro %}

{% macro bigquery__open_value(object, path, type) %}
    {{ return(dbt_spott.text_as('json_value(' ~ object ~ ", '$." ~ path | join('.') ~ "')", type)) }}
{% endmacro %}

{#- Return a text as another type. A time with an offset becomes a time in UTC. -#}
{% macro text_as(text, type) %}{{ return(adapter.dispatch('text_as', 'dbt_spott')(text, type)) }}{% endmacro %}

{% macro postgres__text_as(text, type) %}
    {%- if type == 'string' -%}
        {{ return(text) }}
    {%- elif type == 'timestamp' -%}
        {{ return('(cast(' ~ text ~ " as timestamptz) at time zone 'UTC')") }}
    {%- else -%}
        {{ return('cast(' ~ text ~ ' as ' ~ dbt_spott.type_of(type) ~ ')') }}
    {%- endif -%}
{% endmacro %}

{% macro bigquery__text_as(text, type) %}
    {{ return(text if type == 'string' else 'cast(' ~ text ~ ' as ' ~ dbt_spott.type_of(type) ~ ')') }}
{% endmacro %}

{#- Return the join with the items of a list: a column of the row `record`. -#}
{% macro join_column(column, alias) %}{{ return(adapter.dispatch('join_column', 'dbt_spott')(column, alias)) }}{% endmacro %}

{% macro postgres__join_column(column, alias) %}
    {{ return('cross join unnest(record."' ~ column ~ '") as ' ~ alias) }}
{% endmacro %}

{% macro bigquery__join_column(column, alias) %}
    {{ return('cross join unnest(record.`' ~ column ~ '`) as ' ~ alias) }}
{% endmacro %}

{#- Return the join with the items of a list at a path of an object. -#}
{% macro join_list(object, path, alias) %}
    {{ return(adapter.dispatch('join_list', 'dbt_spott')(object, path, alias)) }}
{% endmacro %}

{% macro postgres__join_list(object, path, alias) %}
    {%- set list = object ~ " #> '{" ~ path | join(',') ~ "}'" -%}
    {{ return(
        'cross join jsonb_array_elements(case when jsonb_typeof(' ~ list ~ ") = 'array' then " ~ list ~ ' end) as ' ~ alias
    ) }}
{% endmacro %}

{% macro bigquery__join_list(object, path, alias) %}
    {{ return('cross join unnest(' ~ object ~ '.`' ~ path | join('`.`') ~ '`) as ' ~ alias) }}
{% endmacro %}
