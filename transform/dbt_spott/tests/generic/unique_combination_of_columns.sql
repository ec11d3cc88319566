{#- Return each combination of values that occurs more than once. Nulls count as equal. -#}
{% test unique_combination_of_columns(model, columns) %}

select
    {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
