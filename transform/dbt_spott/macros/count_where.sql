{#- Return the number of rows that meet a condition, as an integer. -#}
{% macro count_where(condition) %}cast(count(case when {{ condition }} then 1 end) as {{ dbt.type_int() }}){% endmacro %}
