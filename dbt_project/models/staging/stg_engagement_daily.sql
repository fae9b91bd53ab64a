{{ newest_viewing(ref('stg_engagement_versions')) }}
