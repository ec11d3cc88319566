-- The fees of recruiters and months add up to the fees of placements, in each currency.

with expected as (

    select
        source_relation,
        currency,
        sum(net_fee) as fee
    from {{ ref('spott__placements') }}
    where net_fee is not null
    group by source_relation, currency

),

actual as (

    select
        source_relation,
        currency,
        sum(fee) as fee
    from {{ ref('spott__fees_by_recruiter_month') }}
    group by source_relation, currency

)

select
    coalesce(expected.source_relation, actual.source_relation) as source_relation,
    coalesce(expected.currency, actual.currency) as currency,
    expected.fee as expected_fee,
    actual.fee as actual_fee
from expected
full outer join actual
    on expected.source_relation = actual.source_relation
    and coalesce(expected.currency, '') = coalesce(actual.currency, '')
-- Each row of the mart is rounded to six decimals.
where coalesce(abs(expected.fee - actual.fee) > 0.01, true)
