-- The same that the database sees to by itself on PostgreSQL, but for programs that insert
-- counters of their own: a SQLite file has none.

-- +goose Up

-- +goose StatementBegin
CREATE TRIGGER videos_add_metadata AFTER INSERT ON videos BEGIN
    INSERT INTO video_metadata (video_id, owner_id, deleted_at) VALUES (NEW.id, NEW.owner_id, NEW.deleted_at)
    ON CONFLICT (video_id) DO NOTHING;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER videos_keep_metadata AFTER UPDATE OF owner_id, deleted_at ON videos
WHEN (NEW.owner_id, NEW.deleted_at) IS NOT (OLD.owner_id, OLD.deleted_at) BEGIN
    UPDATE video_metadata SET owner_id = NEW.owner_id, deleted_at = NEW.deleted_at WHERE video_id = NEW.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER video_metadata_version AFTER UPDATE ON video_metadata
WHEN NEW.version = OLD.version
    AND (NEW.view_count, NEW.like_count, NEW.comment_count, NEW.remix_count, NEW.glitch_count)
        IS NOT (OLD.view_count, OLD.like_count, OLD.comment_count, OLD.remix_count, OLD.glitch_count) BEGIN
    UPDATE video_metadata SET version = OLD.version + 1, updated_at = (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00') WHERE video_id = NEW.video_id;
END;
-- +goose StatementEnd

-- A finished job never changes again.
-- +goose StatementBegin
CREATE TRIGGER ai_jobs_finished BEFORE UPDATE ON ai_jobs
WHEN OLD.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND OLD.finished_at IS NOT NULL AND
    (NEW.owner_id, NEW.kind, NEW.status, NEW.progress, NEW.result_url, NEW.error, NEW.error_code, NEW.finished_at)
        IS NOT (OLD.owner_id, OLD.kind, OLD.status, OLD.progress, OLD.result_url, OLD.error, OLD.error_code, OLD.finished_at) BEGIN
    SELECT RAISE(ABORT, 'the job has finished and never changes again');
END;
-- +goose StatementEnd

-- finished_at is set last, by ai_jobs_settle_*: until then the row above is still open.
-- +goose StatementBegin
CREATE TRIGGER ai_jobs_settle_insert AFTER INSERT ON ai_jobs
WHEN (NEW.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND NEW.finished_at IS NULL)
    OR (NEW.status = 'PROCESSING' AND NEW.started_at IS NULL)
    OR (NEW.status <> 'COMPLETED' AND NEW.progress = 100) BEGIN
    UPDATE ai_jobs SET
        progress = CASE WHEN status = 'COMPLETED' THEN 100 ELSE min(progress, 99) END,
        error = CASE WHEN status = 'FAILED' THEN coalesce(error, 'Failed') ELSE error END,
        error_code = CASE WHEN status = 'FAILED' THEN coalesce(error_code, 'WORKER_ERROR') ELSE error_code END,
        started_at = CASE WHEN status = 'PROCESSING' THEN coalesce(started_at, (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00')) ELSE started_at END,
        finished_at = CASE WHEN status IN ('COMPLETED', 'FAILED', 'CANCELED') THEN (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00') END
    WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ai_jobs_settle_update AFTER UPDATE ON ai_jobs
WHEN (NEW.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND NEW.finished_at IS NULL)
    OR (NEW.status = 'PROCESSING' AND NEW.started_at IS NULL)
    OR (NEW.status <> 'COMPLETED' AND NEW.progress = 100) BEGIN
    UPDATE ai_jobs SET
        progress = CASE WHEN status = 'COMPLETED' THEN 100 ELSE min(progress, 99) END,
        error = CASE WHEN status = 'FAILED' THEN coalesce(error, 'Failed') ELSE error END,
        error_code = CASE WHEN status = 'FAILED' THEN coalesce(error_code, 'WORKER_ERROR') ELSE error_code END,
        started_at = CASE WHEN status = 'PROCESSING' THEN coalesce(started_at, (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00')) ELSE started_at END,
        finished_at = CASE WHEN status IN ('COMPLETED', 'FAILED', 'CANCELED') THEN (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00') END
    WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER ai_jobs_version AFTER UPDATE ON ai_jobs
WHEN NEW.version = OLD.version
    AND (NEW.owner_id, NEW.kind, NEW.status, NEW.progress, NEW.result_url, NEW.error, NEW.error_code,
         NEW.prompt, NEW.source_video_id, NEW.attempts, NEW.created_at)
        IS NOT (OLD.owner_id, OLD.kind, OLD.status, OLD.progress, OLD.result_url, OLD.error, OLD.error_code,
         OLD.prompt, OLD.source_video_id, OLD.attempts, OLD.created_at) BEGIN
    UPDATE ai_jobs SET version = OLD.version + 1, updated_at = (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00') WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER moderation_actions_no_update BEFORE UPDATE ON moderation_actions BEGIN
    SELECT RAISE(ABORT, 'the moderation log is only ever added to');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER moderation_actions_no_delete BEFORE DELETE ON moderation_actions BEGIN
    SELECT RAISE(ABORT, 'the moderation log is only ever added to');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER moderation_actions_no_delete;
DROP TRIGGER moderation_actions_no_update;
DROP TRIGGER ai_jobs_version;
DROP TRIGGER ai_jobs_settle_update;
DROP TRIGGER ai_jobs_settle_insert;
DROP TRIGGER ai_jobs_finished;
DROP TRIGGER video_metadata_version;
DROP TRIGGER videos_keep_metadata;
DROP TRIGGER videos_add_metadata;
