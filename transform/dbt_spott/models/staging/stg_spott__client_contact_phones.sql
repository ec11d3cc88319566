{{ config(enabled=dbt_spott.has_streams('client_contact_details')) }}

{% if dbt_spott.is_absent('client_contact_details', 'clientContacts') %}
{{ dbt_spott.no_rows({
    'source_relation': 'string',
    'client_contact_id': 'string',
    'candidate_id': 'string',
    'phone_number': 'string',
    'purpose': 'string',
    'is_primary': 'boolean',
}) }}
{% else %}
{% for table in dbt_spott.tables('client_contact_details') %}
select
    '{{ table.schema }}' as source_relation,
    {{ dbt_spott.item_value('contact', ['id']) }} as client_contact_id,
    {{ dbt_spott.value('client_contact_details', ['candidateId'], 'string') }} as candidate_id,
    {{ dbt_spott.item_value('item', ['phoneNumber']) }} as phone_number,
    {{ dbt_spott.item_value('item', ['purpose']) }} as purpose,
    {{ dbt_spott.item_value('item', ['isPrimary'], 'boolean') }} as is_primary
from {{ table }} as record
{{ dbt_spott.join_column('clientContacts', 'contact') }}
{{ dbt_spott.join_list('contact', ['phoneNumbers'], 'item') }}
where {{ dbt_spott.is_live() }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endif %}
