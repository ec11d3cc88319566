-- A check covers at least one record, and no more records fail it than it covers.

select *
from {{ ref('spott__data_quality') }}
where records < 1
    or wrong < 0
    or wrong > records
