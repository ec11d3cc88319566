-- A model of another project, as users write them.
select
    company_id,
    count(*) as open_opportunities
from {{ ref('spott__opportunities') }}
where is_open
group by company_id
