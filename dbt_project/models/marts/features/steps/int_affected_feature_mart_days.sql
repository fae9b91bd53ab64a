-- The days whose rows of the mart are written for everybody: those computed so, and those with another usual price.
select feature_date
from {{ ref('int_affected_feature_days') }}
union
select feature_date
from {{ ref('int_feature_usual_prices') }}
where has_changed
