-- What other programs write with plain SQL, once more: leases, finished jobs, instants.

-- Each statement by itself, so that no table stays locked while all its rows are looked at; each can be run again.
-- +goose NO TRANSACTION

-- +goose Up

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ai_jobs_end_lease() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.worker_id := NULL;
    NEW.lease_expires_at := NULL;
    NEW.lease_seconds := NULL;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- Nobody holds a queued job: whoever sets it to PROCESSING without a claim has no lease, and is left alone.
CREATE OR REPLACE TRIGGER ai_jobs_end_lease BEFORE UPDATE ON ai_jobs
    FOR EACH ROW WHEN (NEW.status = 'QUEUED' AND num_nonnulls(NEW.worker_id, NEW.lease_expires_at, NEW.lease_seconds) > 0)
    EXECUTE FUNCTION ai_jobs_end_lease();

UPDATE ai_jobs SET lease_expires_at = NULL
    WHERE status = 'QUEUED' AND num_nonnulls(worker_id, lease_expires_at, lease_seconds) > 0;

-- All that clients see of a finished job stays as it is.
CREATE OR REPLACE TRIGGER ai_jobs_finished BEFORE UPDATE ON ai_jobs
    FOR EACH ROW WHEN (OLD.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND
        (NEW.id, NEW.owner_id, NEW.kind, NEW.status, NEW.progress, NEW.result_url, NEW.error, NEW.error_code,
         NEW.prompt, NEW.source_video_id, NEW.attempts, NEW.version, NEW.created_at, NEW.started_at, NEW.finished_at)
            IS DISTINCT FROM (OLD.id, OLD.owner_id, OLD.kind, OLD.status, OLD.progress, OLD.result_url, OLD.error, OLD.error_code,
         OLD.prompt, OLD.source_video_id, OLD.attempts, OLD.version, OLD.created_at, OLD.started_at, OLD.finished_at))
    EXECUTE FUNCTION ai_jobs_refuse();

-- The bounds of instants were days of the time zone that the session happened to have.
ALTER TABLE videos DROP CONSTRAINT IF EXISTS videos_created_at_check,
    ADD CONSTRAINT videos_created_at_check CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at < '10000-01-01 00:00:00+00') NOT VALID;
ALTER TABLE videos VALIDATE CONSTRAINT videos_created_at_check;

ALTER TABLE ai_jobs
    DROP CONSTRAINT IF EXISTS ai_jobs_created_at_check,
    DROP CONSTRAINT IF EXISTS ai_jobs_started_at_check,
    DROP CONSTRAINT IF EXISTS ai_jobs_finished_at_check,
    ADD CONSTRAINT ai_jobs_created_at_check CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at < '10000-01-01 00:00:00+00') NOT VALID,
    ADD CONSTRAINT ai_jobs_started_at_check CHECK (started_at >= '0001-01-01 00:00:00+00' AND started_at < '10000-01-01 00:00:00+00') NOT VALID,
    ADD CONSTRAINT ai_jobs_finished_at_check CHECK (finished_at >= '0001-01-01 00:00:00+00' AND finished_at < '10000-01-01 00:00:00+00') NOT VALID;
ALTER TABLE ai_jobs
    VALIDATE CONSTRAINT ai_jobs_created_at_check,
    VALIDATE CONSTRAINT ai_jobs_started_at_check,
    VALIDATE CONSTRAINT ai_jobs_finished_at_check;

-- +goose Down
-- The bounds of instants are the ones meant from the beginning, and stay.
CREATE OR REPLACE TRIGGER ai_jobs_finished BEFORE UPDATE ON ai_jobs
    FOR EACH ROW WHEN (OLD.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND
        (NEW.owner_id, NEW.kind, NEW.status, NEW.progress, NEW.result_url, NEW.error, NEW.error_code, NEW.finished_at)
            IS DISTINCT FROM (OLD.owner_id, OLD.kind, OLD.status, OLD.progress, OLD.result_url, OLD.error, OLD.error_code, OLD.finished_at))
    EXECUTE FUNCTION ai_jobs_refuse();
DROP TRIGGER IF EXISTS ai_jobs_end_lease ON ai_jobs;
DROP FUNCTION IF EXISTS ai_jobs_end_lease;
