-- What the database sees to by itself, since other programs write to users, videos,
-- video_metadata and ai_jobs with plain SQL.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION videos_add_metadata() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO video_metadata (video_id, owner_id, deleted_at)
    SELECT id, owner_id, deleted_at FROM added
    ON CONFLICT (video_id) DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- Every video has its counters from the moment it is there.
CREATE TRIGGER videos_add_metadata AFTER INSERT ON videos
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION videos_add_metadata();

-- +goose StatementBegin
CREATE FUNCTION videos_keep_metadata() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE video_metadata SET owner_id = NEW.owner_id, deleted_at = NEW.deleted_at WHERE video_id = NEW.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- Readers of counters decide by the owner and the deletion that stand beside them.
CREATE TRIGGER videos_keep_metadata AFTER UPDATE OF owner_id, deleted_at ON videos
    FOR EACH ROW WHEN ((NEW.owner_id, NEW.deleted_at) IS DISTINCT FROM (OLD.owner_id, OLD.deleted_at))
    EXECUTE FUNCTION videos_keep_metadata();

-- +goose StatementBegin
CREATE FUNCTION video_metadata_adopt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT owner_id, deleted_at INTO NEW.owner_id, NEW.deleted_at FROM videos WHERE id = NEW.video_id;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = format('there is no video %s to count for', NEW.video_id);
    END IF;
    UPDATE video_metadata SET
        view_count = NEW.view_count, like_count = NEW.like_count, comment_count = NEW.comment_count,
        remix_count = NEW.remix_count, glitch_count = NEW.glitch_count
    WHERE video_id = NEW.video_id AND version = 1
        AND (view_count, like_count, comment_count, remix_count, glitch_count) = (0, 0, 0, 0, 0);
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- A program that inserts a video and then its counters, as the shared tables invite it to, fills the
-- row that the video brought with it. Once that row has counted, a second one is the duplicate it looks like.
CREATE TRIGGER video_metadata_adopt BEFORE INSERT ON video_metadata
    FOR EACH ROW WHEN (NEW.owner_id IS NULL)
    EXECUTE FUNCTION video_metadata_adopt();

-- +goose StatementBegin
CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER video_metadata_version BEFORE UPDATE ON video_metadata
    FOR EACH ROW WHEN (NEW.version = OLD.version
        AND (NEW.view_count, NEW.like_count, NEW.comment_count, NEW.remix_count, NEW.glitch_count)
            IS DISTINCT FROM (OLD.view_count, OLD.like_count, OLD.comment_count, OLD.remix_count, OLD.glitch_count))
    EXECUTE FUNCTION raise_version();

-- +goose StatementBegin
CREATE FUNCTION ai_jobs_settle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'COMPLETED' THEN
        NEW.progress := 100;
    ELSIF NEW.progress = 100 THEN
        NEW.progress := 99;
    END IF;
    IF NEW.status = 'FAILED' THEN
        NEW.error := coalesce(NEW.error, 'Failed');
        NEW.error_code := coalesce(NEW.error_code, 'WORKER_ERROR');
    END IF;
    IF NEW.status = 'PROCESSING' THEN
        NEW.started_at := coalesce(NEW.started_at, clock_timestamp());
    ELSIF NEW.status <> 'QUEUED' THEN
        NEW.finished_at := coalesce(NEW.finished_at, clock_timestamp());
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- What the schema promises of a job holds for those of other programs too: 100 percent
-- exactly when it is completed, a reason when it failed, times for what has happened.
CREATE TRIGGER ai_jobs_settle_insert BEFORE INSERT ON ai_jobs
    FOR EACH ROW WHEN (NEW.status <> 'QUEUED' OR NEW.progress = 100)
    EXECUTE FUNCTION ai_jobs_settle();
CREATE TRIGGER ai_jobs_settle_update BEFORE UPDATE ON ai_jobs
    FOR EACH ROW WHEN (OLD.status IN ('QUEUED', 'PROCESSING') AND (NEW.status <> 'QUEUED' OR NEW.progress = 100))
    EXECUTE FUNCTION ai_jobs_settle();

-- +goose StatementBegin
CREATE FUNCTION ai_jobs_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'job % has finished and never changes again', OLD.id USING ERRCODE = 'check_violation';
END $$;
-- +goose StatementEnd

CREATE TRIGGER ai_jobs_finished BEFORE UPDATE ON ai_jobs
    FOR EACH ROW WHEN (OLD.status IN ('COMPLETED', 'FAILED', 'CANCELED') AND
        (NEW.owner_id, NEW.kind, NEW.status, NEW.progress, NEW.result_url, NEW.error, NEW.error_code, NEW.finished_at)
            IS DISTINCT FROM (OLD.owner_id, OLD.kind, OLD.status, OLD.progress, OLD.result_url, OLD.error, OLD.error_code, OLD.finished_at))
    EXECUTE FUNCTION ai_jobs_refuse();

-- The last of the job's triggers by name, so that it compares what the others made of the row.
CREATE TRIGGER ai_jobs_version BEFORE UPDATE ON ai_jobs
    FOR EACH ROW WHEN (NEW.version = OLD.version
        AND (NEW.owner_id, NEW.kind, NEW.status, NEW.progress, NEW.result_url, NEW.error, NEW.error_code,
             NEW.prompt, NEW.source_video_id, NEW.attempts, NEW.created_at, NEW.started_at, NEW.finished_at)
            IS DISTINCT FROM (OLD.owner_id, OLD.kind, OLD.status, OLD.progress, OLD.result_url, OLD.error, OLD.error_code,
             OLD.prompt, OLD.source_video_id, OLD.attempts, OLD.created_at, OLD.started_at, OLD.finished_at))
    EXECUTE FUNCTION raise_version();

-- +goose StatementBegin
CREATE FUNCTION moderation_actions_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the moderation log is only ever added to' USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd

CREATE TRIGGER moderation_actions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON moderation_actions
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_actions_refuse();

-- +goose Down
DROP TRIGGER moderation_actions_append_only ON moderation_actions;
DROP TRIGGER ai_jobs_version ON ai_jobs;
DROP TRIGGER ai_jobs_finished ON ai_jobs;
DROP TRIGGER ai_jobs_settle_update ON ai_jobs;
DROP TRIGGER ai_jobs_settle_insert ON ai_jobs;
DROP TRIGGER video_metadata_version ON video_metadata;
DROP TRIGGER video_metadata_adopt ON video_metadata;
DROP TRIGGER videos_keep_metadata ON videos;
DROP TRIGGER videos_add_metadata ON videos;
DROP FUNCTION videos_add_metadata, videos_keep_metadata, video_metadata_adopt, raise_version, ai_jobs_settle, ai_jobs_refuse, moderation_actions_refuse;
