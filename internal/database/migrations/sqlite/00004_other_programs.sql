-- The same as on PostgreSQL, but for the bounds of instants, which no program gets round here.

-- +goose Up

-- Nobody holds a queued job.
-- +goose StatementBegin
CREATE TRIGGER ai_jobs_end_lease AFTER UPDATE ON ai_jobs
WHEN NEW.status = 'QUEUED' AND coalesce(NEW.worker_id, NEW.lease_expires_at, NEW.lease_seconds) IS NOT NULL BEGIN
    UPDATE ai_jobs SET worker_id = NULL, lease_expires_at = NULL, lease_seconds = NULL WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- All that clients see of a finished job stays as it is. The version is left out, since another trigger
-- raises it behind the change that finished the job.
DROP TRIGGER ai_jobs_finished;
-- +goose StatementBegin
CREATE TRIGGER ai_jobs_finished BEFORE UPDATE ON ai_jobs
WHEN OLD.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND OLD.finished_at IS NOT NULL AND
    (NEW.id, NEW.owner_id, NEW.kind, NEW.status, NEW.progress, NEW.result_url, NEW.error, NEW.error_code,
     NEW.prompt, NEW.source_video_id, NEW.attempts, NEW.created_at, NEW.started_at, NEW.finished_at)
        IS NOT (OLD.id, OLD.owner_id, OLD.kind, OLD.status, OLD.progress, OLD.result_url, OLD.error, OLD.error_code,
     OLD.prompt, OLD.source_video_id, OLD.attempts, OLD.created_at, OLD.started_at, OLD.finished_at) BEGIN
    SELECT RAISE(ABORT, 'the job has finished and never changes again');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER ai_jobs_end_lease;
DROP TRIGGER ai_jobs_finished;
-- +goose StatementBegin
CREATE TRIGGER ai_jobs_finished BEFORE UPDATE ON ai_jobs
WHEN OLD.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND OLD.finished_at IS NOT NULL AND
    (NEW.owner_id, NEW.kind, NEW.status, NEW.progress, NEW.result_url, NEW.error, NEW.error_code, NEW.finished_at)
        IS NOT (OLD.owner_id, OLD.kind, OLD.status, OLD.progress, OLD.result_url, OLD.error, OLD.error_code, OLD.finished_at) BEGIN
    SELECT RAISE(ABORT, 'the job has finished and never changes again');
END;
-- +goose StatementEnd
