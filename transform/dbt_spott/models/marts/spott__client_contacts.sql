{{ config(enabled=dbt_spott.has_streams('client_contacts', 'client_contact_details')) }}

with contacts as (

    select * from {{ ref('stg_spott__client_contacts') }}

),

people as (

    select * from {{ ref('stg_spott__client_contact_details') }}

),

emails as (

    select
        source_relation,
        client_contact_id,
        email,
        row_number() over (
            partition by source_relation, client_contact_id
            order by case when is_primary then 0 else 1 end, email
        ) as preference
    from {{ ref('stg_spott__client_contact_emails') }}
    where email is not null

),

phones as (

    select
        source_relation,
        client_contact_id,
        phone_number,
        row_number() over (
            partition by source_relation, client_contact_id
            order by case when is_primary then 0 else 1 end, phone_number
        ) as preference
    from {{ ref('stg_spott__client_contact_phones') }}
    where phone_number is not null

)

select
    contacts.source_relation,
    contacts.id as client_contact_id,
    contacts.candidate_id,
    contacts.first_name,
    contacts.last_name,
    contacts.client_company_id as company_id,
    contacts.client_company_name as company_name,
    contacts.role,
    contacts.department,
    contacts.active as is_active,
    contacts.start_date,
    contacts.end_date,
    contacts.stage_id,
    contacts.stage_name,
    contacts.main_contact_id,
    contacts.main_contact_name,
    contacts.main_contact_deactivated_at is not null as main_contact_has_left,
    emails.email,
    emails.email is null as lacks_email,
    -- Two people with one address: the first and the last of its candidates differ.
    emails.email is not null
    and min(contacts.candidate_id) over (partition by contacts.source_relation, lower(emails.email))
    <> max(contacts.candidate_id) over (partition by contacts.source_relation, lower(emails.email)) as shares_email,
    phones.phone_number as phone,
    people.last_interaction_date as last_interaction_at,
    {{ dbt.datediff('people.last_interaction_date', dbt_spott.now(), 'day') }} as days_since_last_interaction,
    people.next_interaction_date as next_interaction_at,
    contacts.created_at,
    contacts.modified_at
from contacts
left join people
    on contacts.source_relation = people.source_relation
    and contacts.candidate_id = people.candidate_id
left join emails
    on contacts.source_relation = emails.source_relation
    and contacts.id = emails.client_contact_id
    and emails.preference = 1
left join phones
    on contacts.source_relation = phones.source_relation
    and contacts.id = phones.client_contact_id
    and phones.preference = 1
