-- Ids are lower-case text; times are UTC text without trailing zeros, as the driver writes them, so that
-- their order as text is their order in time.

-- +goose Up

CREATE TABLE users (
    id           text        PRIMARY KEY,
    handle       text        NOT NULL,
    display_name text        NOT NULL,
    credits      integer     NOT NULL DEFAULT 0 CHECK (credits >= 0),
    created_at   datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    CONSTRAINT users_handle_key UNIQUE (handle)
);

CREATE TABLE videos (
    id              text        PRIMARY KEY,
    owner_id        text        NOT NULL REFERENCES users (id),
    title           text        NOT NULL,
    playback_url    text        NOT NULL,
    thumbnail_url   text,
    created_at      datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    deleted_at      datetime,
    deletion_reason text
);
CREATE INDEX videos_feed ON videos (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX videos_owner ON videos (owner_id);

CREATE TABLE video_metadata (
    video_id      text        PRIMARY KEY REFERENCES videos (id),
    owner_id      text        NOT NULL,
    view_count    integer     NOT NULL DEFAULT 0 CHECK (view_count BETWEEN 0 AND 9007199254740991),
    like_count    integer     NOT NULL DEFAULT 0 CHECK (like_count BETWEEN 0 AND 9007199254740991),
    comment_count integer     NOT NULL DEFAULT 0 CHECK (comment_count BETWEEN 0 AND 9007199254740991),
    remix_count   integer     NOT NULL DEFAULT 0 CHECK (remix_count BETWEEN 0 AND 9007199254740991),
    glitch_count  integer     NOT NULL DEFAULT 0 CHECK (glitch_count BETWEEN 0 AND 9007199254740991),
    version       integer     NOT NULL DEFAULT 1,
    updated_at    datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    deleted_at    datetime
);

-- The most viewed videos, as of the last refresh: see the store's RefreshRanking.
CREATE TABLE video_ranks (
    video_id     text    PRIMARY KEY,
    view_count   integer NOT NULL,
    rising_since integer NOT NULL
);
CREATE INDEX video_ranks_order ON video_ranks (view_count DESC, video_id DESC);

CREATE TABLE rankings (
    id           integer     PRIMARY KEY CHECK (id = 1),
    generation   integer     NOT NULL,
    refreshed_at datetime    NOT NULL
);
INSERT INTO rankings VALUES (1, 0, '0001-01-01 00:00:00+00:00');

CREATE TABLE ai_jobs (
    id               text        PRIMARY KEY,
    owner_id         text        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('GENERATE', 'REMIX', 'GLITCH', 'UPSCALE', 'CAPTION')),
    status           text        NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')),
    progress         integer     NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    result_url       text,
    error            text,
    error_code       text,
    prompt           text,
    source_video_id  text REFERENCES videos (id),
    idempotency_key  text,
    charged          integer     NOT NULL DEFAULT 0 CHECK (charged >= 0),
    worker_id        text,
    lease_expires_at datetime,
    attempts         integer     NOT NULL DEFAULT 0,
    version          integer     NOT NULL DEFAULT 1,
    created_at       datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    started_at       datetime,
    finished_at      datetime,
    updated_at       datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    CONSTRAINT ai_jobs_idempotency_key UNIQUE (owner_id, idempotency_key)
);
CREATE INDEX ai_jobs_owner ON ai_jobs (owner_id, created_at DESC, id DESC);
CREATE INDEX ai_jobs_owner_status ON ai_jobs (owner_id, status, created_at DESC, id DESC);
CREATE INDEX ai_jobs_queue ON ai_jobs (created_at, id) WHERE status = 'QUEUED';
CREATE INDEX ai_jobs_lease ON ai_jobs (lease_expires_at) WHERE status = 'PROCESSING';

CREATE TABLE inboxes (
    user_id        text    PRIMARY KEY,
    last_number    integer  NOT NULL DEFAULT 0,
    unread_like    integer NOT NULL DEFAULT 0 CHECK (unread_like >= 0),
    unread_comment integer NOT NULL DEFAULT 0 CHECK (unread_comment >= 0),
    unread_remix   integer NOT NULL DEFAULT 0 CHECK (unread_remix >= 0),
    unread_follow  integer NOT NULL DEFAULT 0 CHECK (unread_follow >= 0),
    unread_ai_job  integer NOT NULL DEFAULT 0 CHECK (unread_ai_job >= 0),
    unread_system  integer NOT NULL DEFAULT 0 CHECK (unread_system >= 0),
    version        integer  NOT NULL DEFAULT 0,
    blocks_version integer  NOT NULL DEFAULT 0
);

CREATE TABLE notifications (
    id           text        PRIMARY KEY,
    recipient_id text        NOT NULL,
    number       integer     NOT NULL,
    category     text        NOT NULL CHECK (category IN ('LIKE', 'COMMENT', 'REMIX', 'FOLLOW', 'AI_JOB', 'SYSTEM')),
    title        text        NOT NULL,
    body         text,
    actor_id     text,
    video_id     text,
    job_id       text,
    created_at   datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    read_at      datetime,
    CONSTRAINT notifications_number_key UNIQUE (recipient_id, number)
);
CREATE INDEX notifications_category ON notifications (recipient_id, category, number);
CREATE INDEX notifications_unread ON notifications (recipient_id, number) WHERE read_at IS NULL;
CREATE INDEX notifications_unread_category ON notifications (recipient_id, category, number) WHERE read_at IS NULL;
CREATE INDEX notifications_unread_actor ON notifications (recipient_id, actor_id) WHERE read_at IS NULL AND actor_id IS NOT NULL;

CREATE TABLE user_blocks (
    blocker_id text        NOT NULL,
    blocked_id text        NOT NULL REFERENCES users (id),
    created_at datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    PRIMARY KEY (blocker_id, blocked_id)
);
CREATE INDEX user_blocks_latest ON user_blocks (blocker_id, created_at DESC, blocked_id DESC);

CREATE TABLE video_reports (
    id          integer     PRIMARY KEY,
    video_id    text        NOT NULL REFERENCES videos (id),
    reporter_id text        NOT NULL,
    reason      text        NOT NULL,
    created_at  datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    settled_at  datetime
);
CREATE UNIQUE INDEX video_reports_open ON video_reports (video_id, reporter_id) WHERE settled_at IS NULL;

-- The open reports of each video, counted.
CREATE TABLE reported_videos (
    video_id         text        PRIMARY KEY REFERENCES videos (id),
    report_count     integer     NOT NULL CHECK (report_count > 0),
    last_reported_at datetime    NOT NULL
);
CREATE INDEX reported_videos_order ON reported_videos (report_count DESC, video_id DESC);

CREATE TABLE moderation_actions (
    id           text        PRIMARY KEY,
    kind         text        NOT NULL CHECK (kind IN ('DELETE_VIDEO', 'RESTORE_VIDEO', 'DISMISS_REPORTS')),
    video_id     text        NOT NULL,
    moderator_id text        NOT NULL,
    reason       text        NOT NULL,
    created_at   datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00')
);
CREATE INDEX moderation_actions_latest ON moderation_actions (created_at DESC, id DESC);
CREATE INDEX moderation_actions_video ON moderation_actions (video_id, created_at DESC, id DESC);

CREATE TABLE batches (
    caller_id    text        NOT NULL,
    field        text        NOT NULL,
    batch_id     text        NOT NULL,
    content_hash blob        NOT NULL,
    answer       text,
    created_at   datetime    NOT NULL DEFAULT (rtrim(rtrim(strftime('%Y-%m-%d %H:%M:%f', 'now'), '0'), '.') || '+00:00'),
    PRIMARY KEY (caller_id, field, batch_id)
);
CREATE INDEX batches_age ON batches (created_at);

-- +goose Down
DROP TABLE batches;
DROP TABLE moderation_actions;
DROP TABLE reported_videos;
DROP TABLE video_reports;
DROP TABLE user_blocks;
DROP TABLE notifications;
DROP TABLE inboxes;
DROP TABLE ai_jobs;
DROP TABLE rankings;
DROP TABLE video_ranks;
DROP TABLE video_metadata;
DROP TABLE videos;
DROP TABLE users;
