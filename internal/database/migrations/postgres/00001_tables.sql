-- +goose Up

CREATE TABLE users (
    id           uuid        PRIMARY KEY,
    handle       text        NOT NULL,
    display_name text        NOT NULL,
    credits      integer     NOT NULL DEFAULT 0 CHECK (credits >= 0),
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- Checked when a statement ends, so that one may exchange two users' handles.
    CONSTRAINT users_handle_key UNIQUE (handle) DEFERRABLE INITIALLY IMMEDIATE
);

CREATE TABLE videos (
    id              uuid        PRIMARY KEY,
    owner_id        uuid        NOT NULL REFERENCES users (id),
    title           text        NOT NULL,
    playback_url    text        NOT NULL,
    thumbnail_url   text,
    created_at      timestamptz NOT NULL DEFAULT now() CHECK (created_at >= '0001-01-01' AND created_at < '10000-01-01'),
    deleted_at      timestamptz,
    deletion_reason text
);
CREATE INDEX videos_feed ON videos (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX videos_owner ON videos (owner_id);

-- No index on a counter, and room in every page: updates stay heap-only.
CREATE TABLE video_metadata (
    video_id      uuid        PRIMARY KEY REFERENCES videos (id),
    owner_id      uuid        NOT NULL,
    view_count    bigint      NOT NULL DEFAULT 0 CHECK (view_count BETWEEN 0 AND 9007199254740991),
    like_count    bigint      NOT NULL DEFAULT 0 CHECK (like_count BETWEEN 0 AND 9007199254740991),
    comment_count bigint      NOT NULL DEFAULT 0 CHECK (comment_count BETWEEN 0 AND 9007199254740991),
    remix_count   bigint      NOT NULL DEFAULT 0 CHECK (remix_count BETWEEN 0 AND 9007199254740991),
    glitch_count  bigint      NOT NULL DEFAULT 0 CHECK (glitch_count BETWEEN 0 AND 9007199254740991),
    version       bigint      NOT NULL DEFAULT 1,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    deleted_at    timestamptz
) WITH (fillfactor = 70);

-- The most viewed videos, as of the last refresh: see the store's RefreshRanking.
CREATE TABLE video_ranks (
    video_id     uuid   PRIMARY KEY,
    view_count   bigint NOT NULL,
    rising_since bigint NOT NULL
);
CREATE INDEX video_ranks_order ON video_ranks (view_count DESC, video_id DESC);

CREATE TABLE rankings (
    id           integer     PRIMARY KEY CHECK (id = 1),
    generation   bigint      NOT NULL,
    refreshed_at timestamptz NOT NULL
);
INSERT INTO rankings VALUES (1, 0, '0001-01-01 00:00:00+00');

CREATE TABLE ai_jobs (
    id               uuid        PRIMARY KEY,
    owner_id         uuid        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('GENERATE', 'REMIX', 'GLITCH', 'UPSCALE', 'CAPTION')),
    status           text        NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')),
    progress         integer     NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    result_url       text,
    error            text,
    error_code       text,
    prompt           text,
    source_video_id  uuid REFERENCES videos (id),
    idempotency_key  text,
    charged          integer     NOT NULL DEFAULT 0 CHECK (charged >= 0),
    worker_id        uuid,
    lease_expires_at timestamptz,
    attempts         integer     NOT NULL DEFAULT 0,
    version          bigint      NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now() CHECK (created_at >= '0001-01-01' AND created_at < '10000-01-01'),
    started_at       timestamptz CHECK (started_at >= '0001-01-01' AND started_at < '10000-01-01'),
    finished_at      timestamptz CHECK (finished_at >= '0001-01-01' AND finished_at < '10000-01-01'),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ai_jobs_idempotency_key UNIQUE (owner_id, idempotency_key)
);
CREATE INDEX ai_jobs_owner ON ai_jobs (owner_id, created_at DESC, id DESC);
CREATE INDEX ai_jobs_owner_status ON ai_jobs (owner_id, status, created_at DESC, id DESC);
CREATE INDEX ai_jobs_queue ON ai_jobs (created_at, id) WHERE status = 'QUEUED';
CREATE INDEX ai_jobs_lease ON ai_jobs (lease_expires_at) WHERE status = 'PROCESSING';

CREATE TABLE inboxes (
    user_id        uuid    PRIMARY KEY,
    last_number    bigint  NOT NULL DEFAULT 0,
    unread_like    integer NOT NULL DEFAULT 0 CHECK (unread_like >= 0),
    unread_comment integer NOT NULL DEFAULT 0 CHECK (unread_comment >= 0),
    unread_remix   integer NOT NULL DEFAULT 0 CHECK (unread_remix >= 0),
    unread_follow  integer NOT NULL DEFAULT 0 CHECK (unread_follow >= 0),
    unread_ai_job  integer NOT NULL DEFAULT 0 CHECK (unread_ai_job >= 0),
    unread_system  integer NOT NULL DEFAULT 0 CHECK (unread_system >= 0),
    version        bigint  NOT NULL DEFAULT 0,
    blocks_version bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE TABLE notifications (
    id           uuid        PRIMARY KEY,
    recipient_id uuid        NOT NULL,
    number       bigint      NOT NULL,
    category     text        NOT NULL CHECK (category IN ('LIKE', 'COMMENT', 'REMIX', 'FOLLOW', 'AI_JOB', 'SYSTEM')),
    title        text        NOT NULL,
    body         text,
    actor_id     uuid,
    video_id     uuid,
    job_id       uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    read_at      timestamptz,
    CONSTRAINT notifications_number_key UNIQUE (recipient_id, number)
);
CREATE INDEX notifications_category ON notifications (recipient_id, category, number);
CREATE INDEX notifications_unread ON notifications (recipient_id, number) WHERE read_at IS NULL;
CREATE INDEX notifications_unread_category ON notifications (recipient_id, category, number) WHERE read_at IS NULL;
CREATE INDEX notifications_unread_actor ON notifications (recipient_id, actor_id) WHERE read_at IS NULL AND actor_id IS NOT NULL;

CREATE TABLE user_blocks (
    blocker_id uuid        NOT NULL,
    blocked_id uuid        NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (blocker_id, blocked_id)
);
CREATE INDEX user_blocks_latest ON user_blocks (blocker_id, created_at DESC, blocked_id DESC);

CREATE TABLE video_reports (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    video_id    uuid        NOT NULL REFERENCES videos (id),
    reporter_id uuid        NOT NULL,
    reason      text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    settled_at  timestamptz
);
CREATE UNIQUE INDEX video_reports_open ON video_reports (video_id, reporter_id) WHERE settled_at IS NULL;

-- The open reports of each video, counted.
CREATE TABLE reported_videos (
    video_id         uuid        PRIMARY KEY REFERENCES videos (id),
    report_count     integer     NOT NULL CHECK (report_count > 0),
    last_reported_at timestamptz NOT NULL
);
CREATE INDEX reported_videos_order ON reported_videos (report_count DESC, video_id DESC);

CREATE TABLE moderation_actions (
    id           uuid        PRIMARY KEY,
    kind         text        NOT NULL CHECK (kind IN ('DELETE_VIDEO', 'RESTORE_VIDEO', 'DISMISS_REPORTS')),
    video_id     uuid        NOT NULL,
    moderator_id uuid        NOT NULL,
    reason       text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX moderation_actions_latest ON moderation_actions (created_at DESC, id DESC);
CREATE INDEX moderation_actions_video ON moderation_actions (video_id, created_at DESC, id DESC);

CREATE TABLE batches (
    caller_id    uuid        NOT NULL,
    field        text        NOT NULL,
    batch_id     text        NOT NULL,
    content_hash bytea       NOT NULL,
    answer       text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller_id, field, batch_id)
);
CREATE INDEX batches_age ON batches (created_at);

-- +goose Down
DROP TABLE batches, moderation_actions, reported_videos, video_reports, user_blocks, notifications, inboxes,
    ai_jobs, rankings, video_ranks, video_metadata, videos, users;
