-- Tables for what collector.yaml writes. The columns with capital letters are those of the Collector's
-- exporter (create_schema: false); the others are read from them as a row arrives.

-- Every call of a model, before any sampling, without prompts and answers: what bills are made of.
-- A sender that hears no answer sends again, so a span may come twice. It has the same key then, and
-- ReplacingMergeTree keeps one row of a key: at once for who reads with FINAL, as the view below does.
-- usd is a decimal, not a float: a sum is exact and the same in whatever order it is added up. What the
-- attribute says beyond 18 digits is cut off, so a million calls are off by less than 1e-12.
CREATE TABLE IF NOT EXISTS otel_charges
(
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested
    (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    Links Nested
    (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),

    user_id String MATERIALIZED SpanAttributes['user.id'],
    tenant_id String MATERIALIZED SpanAttributes['tenant.id'],
    plan LowCardinality(String) MATERIALIZED SpanAttributes['cost.plan'],
    model LowCardinality(String) MATERIALIZED SpanAttributes['model'],
    release LowCardinality(String) MATERIALIZED ResourceAttributes['service.version'],
    status LowCardinality(String) MATERIALIZED SpanAttributes['cost.status'],
    usd Nullable(Decimal(38, 18)) MATERIALIZED toDecimal128OrNull(SpanAttributes['cost.usd'], 18)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(Timestamp)
PRIMARY KEY (user_id, Timestamp)
ORDER BY (user_id, Timestamp, TraceId, SpanId);

-- What every query reads. A customer is a tenant, or a user who belongs to none. A user may be called as a tenant
-- is, so only customer_kind and customer together name one.
CREATE VIEW IF NOT EXISTS charges AS
SELECT
    Timestamp AS time,
    ServiceName AS service,
    release,
    user_id,
    tenant_id,
    multiIf(tenant_id != '', 'tenant', user_id != '', 'user', 'nobody') AS customer_kind,
    if(tenant_id = '', user_id, tenant_id) AS customer,
    plan,
    model,
    status,
    usd,
    TraceId AS trace_id,
    SpanId AS span_id,
    SpanAttributes AS attributes
FROM otel_charges FINAL;

-- The sampled traces, to look at. What a trace cost can be seen here; never sum it up, most are missing.
CREATE TABLE IF NOT EXISTS otel_traces
(
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested
    (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    Links Nested
    (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),

    user_id String MATERIALIZED SpanAttributes['user.id'],
    tenant_id String MATERIALIZED SpanAttributes['tenant.id'],
    plan LowCardinality(String) MATERIALIZED SpanAttributes['cost.plan'],
    cost_usd Nullable(Decimal(38, 18)) MATERIALIZED toDecimal128OrNull(SpanAttributes['cost.usd'], 18),

    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_user_id user_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
TTL toDateTime(Timestamp) + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1;

-- What customers pay you in a month, from your billing. Written again, a row replaces the one before. So a month
-- has one spelling, its first day, and any other is refused: two would be two payments.
CREATE TABLE IF NOT EXISTS revenue
(
    customer_kind LowCardinality(String),
    customer String,
    month Date,
    usd Decimal(18, 2),

    CONSTRAINT customer_kind_is_tenant_or_user CHECK customer_kind IN ('tenant', 'user'),
    CONSTRAINT month_is_its_first_day CHECK month = toStartOfMonth(month)
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_kind, customer, month);
