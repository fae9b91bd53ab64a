-- Names and addresses, which exports need and nothing that is published holds.
select
    customer_id,
    {%- for column in ['email', 'phone', 'first_name', 'last_name', 'city', 'region', 'postal_code'] %}
        {{ column }},
    {%- endfor %}
    marketing_consent,
    deleted_at
from {{ ref('int_customer_attributes') }}
