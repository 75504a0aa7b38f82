-- +goose Up

-- How long the claim on a job holds without a report: each report renews it for as long again.
ALTER TABLE ai_jobs ADD COLUMN lease_seconds integer;

-- A worker that takes only some kinds need not walk past all the others that are queued.
CREATE INDEX ai_jobs_queue_kind ON ai_jobs (kind, created_at, id) WHERE status = 'QUEUED';

-- +goose Down
DROP INDEX ai_jobs_queue_kind;
ALTER TABLE ai_jobs DROP COLUMN lease_seconds;
