{#- The emulator can't parse column definitions in `create table as`. dbt has compared the types before. -#}
{% macro get_table_columns_and_constraints() %}{% endmacro %}

{#- load.py renames the field `order`, which the emulator can't parse inside an object. -#}
{% macro bigquery__item_value(item, path, type) %}
    {{ return(dbt_spott.bigquery__item_value(item, path | map('replace', 'order', 'order_') | list, type)) }}
{% endmacro %}
