-- A business of five customers over three months, small enough to check by head; the third month is not over.
-- anna pays throughout and upgrades, bert leaves by choice, cleo fails to pay and returns, dora pays for the first
-- time in March, emil registered and never paid.
create schema core; create schema revenue; create schema retention; create schema scoring; create schema ops;

create table ops.build_info as
select timestamp '2025-03-20 12:00:00' as as_of, date '2025-03-20' as as_of_date, 'EUR' as reporting_currency, 'UTC' as timezone;

create table ops.feed_freshness (feed varchar, known_rows bigint, last_occurred_at timestamp, last_recorded_at timestamp);
insert into ops.feed_freshness values
    ('subscription_events', 12, '2025-03-18 09:00:00', '2025-03-18 10:00:00'),
    ('payment_events', 4, '2025-03-18 09:00:00', '2025-03-20 09:00:00'),
    ('payouts', 0, null, null);

create table ops.ingest_files (feed varchar, file varchar, rows_read bigint, rows_loaded bigint, rows_duplicate bigint, rows_quarantined bigint, loaded_at timestamp);
insert into ops.ingest_files values ('subscription_events', 'events.csv', 14, 12, 1, 1, '2025-03-20 12:30:00');

create table ops.quarantine (feed varchar, file varchar, row_number bigint, reason varchar, raw varchar);
insert into ops.quarantine values ('subscription_events', 'events.csv', 7, 'missing:amount', '{"event_id":"e7"}');

create table ops.sequence_anomalies (event_id varchar, subscription_id varchar, customer_id varchar, event_type varchar, occurred_at timestamp, recorded_at timestamp, anomaly varchar);
insert into ops.sequence_anomalies values ('e9', 's-bert', 'bert', 'ended', '2025-02-27', '2025-02-27', 'not_open');

create table core.dim_customers (customer_id varchar, status varchar, registered_at timestamp, country varchar, first_paid_date date, current_mrr decimal(38, 4), lifetime_revenue decimal(38, 4), live_subscriptions bigint, returns bigint, email_masked varchar, locale varchar, marketing_consent boolean, acquisition_channel varchar, acquisition_campaign varchar);
insert into core.dim_customers values
    ('anna', 'paying', '2025-01-02 08:00:00', 'NL', '2025-01-03', 1250, 2500, 1, 0, 'a***@example.org', 'nl', true, 'search', 'winter'),
    ('bert', 'churned', '2025-01-02 08:00:00', 'DE', '2025-01-05', 0, 10, 0, 0, 'b***@example.org', 'de', false, 'search', null),
    ('cleo', 'paying', '2025-01-02 08:00:00', 'NL', '2025-01-09', 10, 20, 1, 1, null, null, null, null, null),
    ('dora', 'paying', '2025-03-01 08:00:00', null, '2025-03-04', 20, 20, 1, 0, null, null, true, 'friend', null),
    ('emil', 'registered', '2025-03-01 08:00:00', 'DE', null, 0, 0, 0, 0, null, null, null, null, null);

create table core.dim_offers (offer_id varchar, title varchar, offer_kind varchar, amount decimal(18, 4), currency varchar, billing_interval varchar, billing_interval_count bigint, trial_days bigint, active boolean);
insert into core.dim_offers values ('basic', 'Basic', 'subscription', 10, 'EUR', 'month', 1, 7, true), ('match', 'The match', 'ppv', 5, 'EUR', null, null, null, true);

create table core.dim_coupons (coupon_code varchar, campaign varchar, percent_off double, amount_off decimal(18, 4), currency varchar, duration varchar, valid_until timestamp, max_redemptions bigint);

create table core.fct_subscriptions (subscription_id varchar, customer_id varchar, status varchar, auto_renew boolean, offer_id varchar, channel varchar, provider varchar, started_at timestamp, period_end timestamp, ended_at timestamp, churn_kind varchar, churn_rule varchar, mrr decimal(38, 4), billing_interval varchar, billing_interval_count integer, currency varchar);
insert into core.fct_subscriptions values
    ('s-anna', 'anna', 'active', true, 'basic', 'web', 'stripe', '2025-01-03', '2025-04-03', null, null, null, 1250, 'month', 1, 'EUR'),
    ('s-bert', 'bert', 'ended', false, 'basic', 'ios', 'apple', '2025-01-05', '2025-02-05', '2025-02-05', 'voluntary', 'auto_renew_off', 0, 'month', 1, 'EUR'),
    ('s-cleo', 'cleo', 'active', true, 'basic', 'web', 'stripe', '2025-01-09', '2025-04-09', null, null, null, 10, 'month', 1, 'EUR'),
    ('s-dora', 'dora', 'grace', true, 'basic', 'web', 'stripe', '2025-03-04', '2025-04-04', null, null, null, 20, 'month', 1, 'EUR');

create table core.fct_subscription_periods (subscription_id varchar, customer_id varchar, valid_from timestamp, valid_to timestamp, status varchar, auto_renew boolean, offer_id varchar, mrr decimal(38, 4));
insert into core.fct_subscription_periods values
    ('s-anna', 'anna', '2025-01-03', '2025-02-10', 'active', true, 'basic', 1000),
    ('s-anna', 'anna', '2025-02-10', null, 'active', true, 'basic', 1250),
    ('s-bert', 'bert', '2025-01-05', '2025-02-05', 'active', false, 'basic', 10),
    ('s-bert', 'bert', '2025-02-05', null, 'ended', false, 'basic', 0),
    ('s-cleo', 'cleo', '2025-01-09', '2025-02-20', 'active', true, 'basic', 10),
    ('s-cleo', 'cleo', '2025-02-20', '2025-03-02', 'on_hold', true, 'basic', 0),
    ('s-cleo', 'cleo', '2025-03-02', null, 'active', true, 'basic', 10),
    ('s-dora', 'dora', '2025-03-04', null, 'grace', true, 'basic', 20);

create table core.fct_entitlements (customer_id varchar, offer_id varchar, kind varchar, valid_from timestamp, valid_to timestamp, granted_by varchar);
insert into core.fct_entitlements values ('anna', 'basic', 'subscription', '2025-01-03', null, 's-anna');

create table core.fct_transactions (event_id varchar, transaction_id varchar, customer_id varchar, subscription_id varchar, offer_id varchar, event_type varchar, occurred_at timestamp, amount decimal(18, 4), tax_amount decimal(18, 4), fee_amount decimal(18, 4), currency varchar, amount_reporting decimal(38, 4), revenue_reporting decimal(38, 4), product_kind varchar, provider varchar, payment_method varchar, failure_code varchar, attempt integer, original_transaction_id varchar, country varchar, channel varchar, coupon_code varchar);
insert into core.fct_transactions values
    ('p1', 't1', 'anna', 's-anna', 'basic', 'succeeded', '2025-01-03', 1000, 0, 30, 'EUR', 1000, 1000, 'subscription', 'stripe', 'card', null, 1, null, 'NL', 'web', null),
    ('p2', 't2', 'bert', 's-bert', 'basic', 'succeeded', '2025-01-05', 10, 0, 3, 'EUR', 10, 10, 'subscription', 'apple', 'apple', null, 1, null, 'DE', 'ios', null),
    ('p3', 't3', 'cleo', 's-cleo', 'basic', 'failed', '2025-02-19', 10, 0, null, 'EUR', 10, 0, 'subscription', 'stripe', 'card', 'expired_card', 2, null, 'NL', 'web', null),
    ('p4', 't4', 'dora', 's-dora', 'basic', 'succeeded', '2025-03-18 09:00:00', 20, 0, 1, 'EUR', 20, 20, 'subscription', 'stripe', 'card', null, 1, null, null, 'web', null);

create table revenue.fct_mrr_movements (movement_date date, customer_id varchar, movement_type varchar, mrr_change decimal(38, 4), mrr_before decimal(38, 4), mrr_after decimal(38, 4), churn_kind varchar, churn_rule varchar, churned_subscription_id varchar);
insert into revenue.fct_mrr_movements values
    ('2025-01-03', 'anna', 'new', 1000, 0, 1000, null, null, null),
    ('2025-01-05', 'bert', 'new', 10, 0, 10, null, null, null),
    ('2025-01-09', 'cleo', 'new', 10, 0, 10, null, null, null),
    ('2025-02-05', 'bert', 'churn', -10, 10, 0, 'voluntary', 'auto_renew_off', 's-bert'),
    ('2025-02-10', 'anna', 'expansion', 250, 1000, 1250, null, null, null),
    ('2025-02-20', 'cleo', 'churn', -10, 10, 0, 'involuntary', 'state_hold', 's-cleo'),
    ('2025-03-02', 'cleo', 'reactivation', 10, 0, 10, null, null, null),
    ('2025-03-04', 'dora', 'new', 20, 0, 20, null, null, null);

create table revenue.fct_mrr_monthly (month date, opening_mrr decimal(38, 4), new_mrr decimal(38, 4), expansion_mrr decimal(38, 4), contraction_mrr decimal(38, 4), churn_mrr decimal(38, 4), reactivation_mrr decimal(38, 4), closing_mrr decimal(38, 4), opening_customers bigint, new_customers bigint, reactivated_customers bigint, churned_customers bigint, voluntary_churned_customers bigint, involuntary_churned_customers bigint, closing_customers bigint, customer_churn_rate double, gross_mrr_churn_rate double, net_mrr_churn_rate double, is_complete boolean);
insert into revenue.fct_mrr_monthly values
    ('2025-01-01', 0, 1020, 0, 0, 0, 0, 1020, 0, 3, 0, 0, 0, 0, 3, null, null, null, true),
    ('2025-02-01', 1020, 0, 250, 0, -20, 0, 1250, 3, 0, 0, 2, 1, 1, 1, 0.6666666667, 0.0196078431, -0.2254901961, true),
    ('2025-03-01', 1250, 20, 0, 0, 0, 10, 1280, 1, 1, 1, 0, 0, 0, 3, 0, 0, -0.008, false);

create table retention.fct_cohort_retention (cohort_month date, period_number integer, cohort_size bigint, retained_customers bigint, retention_rate double, is_complete boolean);
insert into retention.fct_cohort_retention values
    ('2025-01-01', 0, 3, 3, 1, true), ('2025-01-01', 1, 3, 1, 0.3333333333, true), ('2025-01-01', 2, 3, 2, 0.6666666667, false),
    ('2025-03-01', 0, 1, 1, 1, false);

create table retention.fct_survival (day_number integer, customers_at_risk bigint, churned_customers bigint, censored_customers bigint, survival_probability double);
insert into retention.fct_survival values (16, 4, 0, 1, 1), (31, 3, 1, 0, 0.6666666667), (42, 2, 1, 0, 0.3333333333), (76, 1, 0, 1, 0.3333333333);

create table scoring.fct_churn_scores (as_of_date date, customer_id varchar, subscription_id varchar, horizon_days integer, churn_probability double, risk_band varchar, reason_1 varchar, reason_2 varchar, reason_3 varchar, model_version varchar, action_1 varchar, value_at_risk decimal(38,4), expected_loss decimal(38,4));
insert into scoring.fct_churn_scores values
    ('2025-03-20', 'dora', 's-dora', 30, 0.712, 'high', 'A payment failed 2 days ago', 'Pays for 16 days only', null, 'm-1', 'Ask for another card', 100, 71.2),
    ('2025-03-20', 'cleo', 's-cleo', 30, 0.31, 'medium', 'Came back once before', null, null, 'm-1', null, 50, 15.5),
    ('2025-03-20', 'anna', 's-anna', 30, 0.024, 'low', null, null, null, 'm-1', null, 200, 4.8);

create table scoring.backtest_metrics (metric varchar, value double, split varchar, lower_bound double, upper_bound double);
insert into scoring.backtest_metrics values ('auc', 0.81, 'test', 0.79, 0.83), ('auc', 0.75, 'test_renewing', 0.72, 0.78), ('log_loss', 0.21, 'test', null, null);

create table scoring.backtest_origins (origin date, population varchar, estimator varchar, metric varchar, value double, lower_bound double, upper_bound double);
insert into scoring.backtest_origins values
    (null, 'everybody', 'm', 'auc', 0.81, 0.79, 0.83),
    (null, 'everybody', 'm', 'customers', 1200, null, null),
    (null, 'everybody', 'floor', 'auc', 0.7, null, null),
    ('2025-01-31', 'everybody', 'm', 'auc', 0.8, 0.74, 0.86),
    ('2025-01-31', 'everybody', 'm', 'customers', 600, null, null),
    ('2025-01-31', 'renewing', 'm', 'auc', 0.72, null, null);

create table scoring.calibration_bins (bin_number integer, customers bigint, mean_probability double, observed_rate double);
insert into scoring.calibration_bins values (1, 100, 0.05, 0.04), (2, 100, 0.3, 0.33);
