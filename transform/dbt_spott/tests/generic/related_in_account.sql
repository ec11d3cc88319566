{#- Return each value that no row of the other model has in the same account. Nulls refer to nothing. -#}
{% test related_in_account(model, column_name, to, field) %}

select
    child.source_relation,
    child.{{ column_name }}
from {{ model }} as child
left join {{ to }} as parent
    on child.source_relation = parent.source_relation
    and child.{{ column_name }} = parent.{{ field }}
where child.{{ column_name }} is not null
    and parent.{{ field }} is null

{% endtest %}
