-- The counts per company add up to the active contacts, open opportunities and placements that have a company.

with expected as (

    select
        (select count(*) from {{ ref('spott__client_contacts') }} where is_active and company_id is not null) as active_contacts,
        (select count(*) from {{ ref('spott__opportunities') }} where is_open and company_id is not null) as open_opportunities,
        (select count(*) from {{ ref('spott__placements') }} where company_id is not null) as placements

),

actual as (

    select
        coalesce(sum(active_contacts), 0) as active_contacts,
        coalesce(sum(open_opportunities), 0) as open_opportunities,
        coalesce(sum(placements), 0) as placements
    from {{ ref('spott__company_coverage') }}

)

select
    expected.active_contacts as expected_active_contacts,
    actual.active_contacts as actual_active_contacts,
    expected.open_opportunities as expected_open_opportunities,
    actual.open_opportunities as actual_open_opportunities,
    expected.placements as expected_placements,
    actual.placements as actual_placements
from expected
cross join actual
where expected.active_contacts <> actual.active_contacts
    or expected.open_opportunities <> actual.open_opportunities
    or expected.placements <> actual.placements
