{{ config(materialized='view') }}
-- What became of a trial is the one thing about it that the clock alone changes.
select
    *,
    case
        when ends_at > {{ as_of() }} then 'running'
        when converted_at is not null then 'converted'
        when {{ plus_days('ends_at', 7) }} < {{ as_of() }} then 'lost'
        else 'undecided'
    end as outcome
from {{ ref('int_retention_trial_spells') }}
