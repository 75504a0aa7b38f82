// Written by GraphQL Code Generator from schema/ and operations/; see codegen.mjs.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** What an AI job makes. */
export type AIJobKind =
  /** Captions for a video. */
  | 'CAPTION'
  /** A new video from a prompt. */
  | 'GENERATE'
  /** A glitch effect on a video. */
  | 'GLITCH'
  /** A new video from another one. */
  | 'REMIX'
  /** A video in higher resolution. */
  | 'UPSCALE';

/** Where an AI job stands. COMPLETED, FAILED and CANCELED are final. */
export type AIJobStatus =
  /** Its owner called it off. */
  | 'CANCELED'
  /** Done; the result is at `resultUrl`. */
  | 'COMPLETED'
  /** Ended without a result; `error` and `errorCode` say why. */
  | 'FAILED'
  /** A worker is at it. */
  | 'PROCESSING'
  /** Waits for a worker. */
  | 'QUEUED';

/** What became of one user whom the caller wants to block. */
export type BlockUserStatus =
  /** Was blocked before. */
  | 'ALREADY_BLOCKED'
  /** Blocked now. */
  | 'BLOCKED'
  /** There is no such user. */
  | 'NOT_FOUND'
  /** One cannot block oneself. */
  | 'SELF';

/** What became of one job that its owner wants canceled. */
export type CancelAIJobStatus =
  /** It had completed, failed or been canceled before. */
  | 'ALREADY_FINISHED'
  /** Canceled now; what it cost was given back. */
  | 'CANCELED'
  /** The caller has no such job. */
  | 'NOT_FOUND';

/** What became of one video that a moderator wants deleted. */
export type DeleteVideoStatus =
  /** It had been deleted before. */
  | 'ALREADY_DELETED'
  /** Deleted now. With dryRun: it would be deleted. */
  | 'DELETED'
  /** There is no such video. */
  | 'NOT_FOUND';

/** What a moderator did. */
export type ModerationActionKind =
  /** Took a video down. */
  | 'DELETE_VIDEO'
  /** Settled the reports on a video and left it up. */
  | 'DISMISS_REPORTS'
  /** Put a deleted video back. */
  | 'RESTORE_VIDEO';

/** What a notification is about. */
export type NotificationCategory =
  /** An AI job of the recipient's has ended. */
  | 'AI_JOB'
  /** Somebody wrote a comment. */
  | 'COMMENT'
  /** Somebody follows the recipient. */
  | 'FOLLOW'
  /** Somebody likes a video of the recipient's. */
  | 'LIKE'
  /** Somebody remixed a video of the recipient's. */
  | 'REMIX'
  /** News from the platform. */
  | 'SYSTEM';

/** A job to be started. */
export type StartAIJobInput = {
  /** 1 to 200 characters. The same key from the same user returns the job it started first. */
  readonly idempotencyKey?: string | null | undefined;
  /** What it makes. It costs GENERATE 10, REMIX 8, UPSCALE 5, GLITCH 3, CAPTION 1 credits. */
  readonly kind: AIJobKind;
  /** What is wanted, in words, at most 10,000 characters. */
  readonly prompt?: string | null | undefined;
  /** The video it works on. One that does not exist or was deleted fails the field with `NOT_FOUND`. */
  readonly sourceVideoId?: string | null | undefined;
};

export type JobFragment = { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly progress: number, readonly resultUrl: string | null, readonly error: string | null, readonly errorCode: string | null, readonly prompt: string | null, readonly attempts: number, readonly version: number, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly updatedAt: string };

export type AIJobsQueryVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type AIJobsQuery = { readonly aiJobs: ReadonlyArray<{ readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly progress: number, readonly resultUrl: string | null, readonly error: string | null, readonly errorCode: string | null, readonly prompt: string | null, readonly attempts: number, readonly version: number, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly updatedAt: string } | null> | null };

export type MyAIJobsQueryVariables = Exact<{
  status?: ReadonlyArray<AIJobStatus> | AIJobStatus | null | undefined;
  first?: number;
  after?: string | null | undefined;
}>;


export type MyAIJobsQuery = { readonly myAIJobs: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly progress: number, readonly resultUrl: string | null, readonly error: string | null, readonly errorCode: string | null, readonly prompt: string | null, readonly attempts: number, readonly version: number, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly updatedAt: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type AIJobProgressSubscriptionVariables = Exact<{
  ids: ReadonlyArray<string> | string;
  minIntervalMs?: number;
}>;


export type AIJobProgressSubscription = { readonly aiJobProgress: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly progress: number, readonly resultUrl: string | null, readonly error: string | null, readonly errorCode: string | null, readonly prompt: string | null, readonly attempts: number, readonly version: number, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly updatedAt: string } };

export type StartAIJobMutationVariables = Exact<{
  input: StartAIJobInput;
}>;


export type StartAIJobMutation = { readonly startAIJob: { readonly creditsRemaining: number, readonly job: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly progress: number, readonly resultUrl: string | null, readonly error: string | null, readonly errorCode: string | null, readonly prompt: string | null, readonly attempts: number, readonly version: number, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly updatedAt: string } } | null };

export type CancelAIJobsMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type CancelAIJobsMutation = { readonly cancelAIJobs: { readonly canceledCount: number, readonly results: ReadonlyArray<{ readonly id: string, readonly status: CancelAIJobStatus, readonly job: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly progress: number, readonly resultUrl: string | null, readonly error: string | null, readonly errorCode: string | null, readonly prompt: string | null, readonly attempts: number, readonly version: number, readonly createdAt: string, readonly startedAt: string | null, readonly finishedAt: string | null, readonly updatedAt: string } | null }> } | null };

export type ReportVideosMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
  reason: string;
}>;


export type ReportVideosMutation = { readonly reportVideos: { readonly reportedCount: number } | null };

export type ReportedVideosQueryVariables = Exact<{
  first?: number;
  after?: string | null | undefined;
}>;


export type ReportedVideosQuery = { readonly reportedVideos: { readonly nodes: ReadonlyArray<{ readonly reportCount: number, readonly reasons: ReadonlyArray<string>, readonly lastReportedAt: string, readonly video: { readonly id: string, readonly title: string, readonly playbackUrl: string, readonly thumbnailUrl: string | null, readonly createdAt: string, readonly owner: { readonly id: string, readonly handle: string, readonly displayName: string }, readonly metadata: { readonly id: string, readonly viewCount: number, readonly likeCount: number, readonly commentCount: number, readonly remixCount: number, readonly glitchCount: number, readonly version: number, readonly updatedAt: string } } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type ModerationLogQueryVariables = Exact<{
  videoId?: string | null | undefined;
  first?: number;
  after?: string | null | undefined;
}>;


export type ModerationLogQuery = { readonly moderationLog: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly kind: ModerationActionKind, readonly videoId: string, readonly moderatorId: string, readonly reason: string, readonly createdAt: string, readonly moderator: { readonly id: string, readonly handle: string, readonly displayName: string } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type DeleteVideosMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
  reason: string;
  dryRun?: boolean;
}>;


export type DeleteVideosMutation = { readonly deleteVideos: { readonly deletedCount: number, readonly results: ReadonlyArray<{ readonly id: string, readonly status: DeleteVideoStatus }> } | null };

export type RestoreVideosMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
  reason: string;
}>;


export type RestoreVideosMutation = { readonly restoreVideos: { readonly restoredCount: number } | null };

export type DismissReportsMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
  reason: string;
}>;


export type DismissReportsMutation = { readonly dismissReports: { readonly dismissedCount: number } | null };

export type BadgeFragment = { readonly id: string, readonly total: number, readonly version: number, readonly byCategory: ReadonlyArray<{ readonly category: NotificationCategory, readonly count: number }> };

export type MessageFragment = { readonly id: string, readonly category: NotificationCategory, readonly title: string, readonly body: string | null, readonly createdAt: string, readonly readAt: string | null, readonly actor: { readonly id: string, readonly handle: string, readonly displayName: string } | null, readonly video: { readonly id: string, readonly title: string } | null, readonly job: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly resultUrl: string | null } | null };

export type NotificationsQueryVariables = Exact<{
  category?: NotificationCategory | null | undefined;
  unreadOnly?: boolean;
  first?: number;
  after?: string | null | undefined;
}>;


export type NotificationsQuery = { readonly notifications: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly category: NotificationCategory, readonly title: string, readonly body: string | null, readonly createdAt: string, readonly readAt: string | null, readonly actor: { readonly id: string, readonly handle: string, readonly displayName: string } | null, readonly video: { readonly id: string, readonly title: string } | null, readonly job: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly resultUrl: string | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly unread: { readonly id: string, readonly total: number, readonly version: number, readonly byCategory: ReadonlyArray<{ readonly category: NotificationCategory, readonly count: number }> } } | null };

export type NotificationsByIdsQueryVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type NotificationsByIdsQuery = { readonly notificationsByIds: ReadonlyArray<{ readonly id: string, readonly category: NotificationCategory, readonly title: string, readonly body: string | null, readonly createdAt: string, readonly readAt: string | null, readonly actor: { readonly id: string, readonly handle: string, readonly displayName: string } | null, readonly video: { readonly id: string, readonly title: string } | null, readonly job: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly resultUrl: string | null } | null } | null> | null };

export type NotificationReceivedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type NotificationReceivedSubscription = { readonly notificationReceived: { readonly id: string, readonly category: NotificationCategory, readonly title: string, readonly body: string | null, readonly createdAt: string, readonly readAt: string | null, readonly actor: { readonly id: string, readonly handle: string, readonly displayName: string } | null, readonly video: { readonly id: string, readonly title: string } | null, readonly job: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly resultUrl: string | null } | null } };

export type UnreadNotificationsChangedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type UnreadNotificationsChangedSubscription = { readonly unreadNotificationsChanged: { readonly id: string, readonly total: number, readonly version: number, readonly byCategory: ReadonlyArray<{ readonly category: NotificationCategory, readonly count: number }> } };

export type MarkNotificationsReadMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type MarkNotificationsReadMutation = { readonly markNotificationsRead: { readonly markedCount: number, readonly notifications: ReadonlyArray<{ readonly id: string, readonly category: NotificationCategory, readonly title: string, readonly body: string | null, readonly createdAt: string, readonly readAt: string | null, readonly actor: { readonly id: string, readonly handle: string, readonly displayName: string } | null, readonly video: { readonly id: string, readonly title: string } | null, readonly job: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly resultUrl: string | null } | null }>, readonly unread: { readonly id: string, readonly total: number, readonly version: number, readonly byCategory: ReadonlyArray<{ readonly category: NotificationCategory, readonly count: number }> } } | null };

export type MarkAllNotificationsReadMutationVariables = Exact<{
  category?: NotificationCategory | null | undefined;
  upTo?: string | null | undefined;
}>;


export type MarkAllNotificationsReadMutation = { readonly markAllNotificationsRead: { readonly markedCount: number, readonly notifications: ReadonlyArray<{ readonly id: string, readonly category: NotificationCategory, readonly title: string, readonly body: string | null, readonly createdAt: string, readonly readAt: string | null, readonly actor: { readonly id: string, readonly handle: string, readonly displayName: string } | null, readonly video: { readonly id: string, readonly title: string } | null, readonly job: { readonly id: string, readonly kind: AIJobKind, readonly status: AIJobStatus, readonly resultUrl: string | null } | null }>, readonly unread: { readonly id: string, readonly total: number, readonly version: number, readonly byCategory: ReadonlyArray<{ readonly category: NotificationCategory, readonly count: number }> } } | null };

export type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { readonly me: { readonly credits: number | null, readonly id: string, readonly handle: string, readonly displayName: string } | null };

export type BlockedUsersQueryVariables = Exact<{
  first?: number;
  after?: string | null | undefined;
}>;


export type BlockedUsersQuery = { readonly blockedUsers: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly handle: string, readonly displayName: string }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type BlockUsersMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type BlockUsersMutation = { readonly blockUsers: { readonly blockedCount: number, readonly results: ReadonlyArray<{ readonly id: string, readonly status: BlockUserStatus, readonly user: { readonly id: string, readonly handle: string, readonly displayName: string } | null }> } | null };

export type UnblockUsersMutationVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type UnblockUsersMutation = { readonly unblockUsers: { readonly unblockedCount: number } | null };

export type CountersFragment = { readonly id: string, readonly viewCount: number, readonly likeCount: number, readonly commentCount: number, readonly remixCount: number, readonly glitchCount: number, readonly version: number, readonly updatedAt: string };

export type PersonFragment = { readonly id: string, readonly handle: string, readonly displayName: string };

export type VideoCardFragment = { readonly id: string, readonly title: string, readonly playbackUrl: string, readonly thumbnailUrl: string | null, readonly createdAt: string, readonly owner: { readonly id: string, readonly handle: string, readonly displayName: string }, readonly metadata: { readonly id: string, readonly viewCount: number, readonly likeCount: number, readonly commentCount: number, readonly remixCount: number, readonly glitchCount: number, readonly version: number, readonly updatedAt: string } };

export type FeedQueryVariables = Exact<{
  first?: number;
  after?: string | null | undefined;
}>;


export type FeedQuery = { readonly feed: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly title: string, readonly playbackUrl: string, readonly thumbnailUrl: string | null, readonly createdAt: string, readonly owner: { readonly id: string, readonly handle: string, readonly displayName: string }, readonly metadata: { readonly id: string, readonly viewCount: number, readonly likeCount: number, readonly commentCount: number, readonly remixCount: number, readonly glitchCount: number, readonly version: number, readonly updatedAt: string } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type TrendingVideosQueryVariables = Exact<{
  first?: number;
  after?: string | null | undefined;
}>;


export type TrendingVideosQuery = { readonly trendingVideos: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly title: string, readonly playbackUrl: string, readonly thumbnailUrl: string | null, readonly createdAt: string, readonly owner: { readonly id: string, readonly handle: string, readonly displayName: string }, readonly metadata: { readonly id: string, readonly viewCount: number, readonly likeCount: number, readonly commentCount: number, readonly remixCount: number, readonly glitchCount: number, readonly version: number, readonly updatedAt: string } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type VideosQueryVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type VideosQuery = { readonly videos: ReadonlyArray<{ readonly id: string, readonly title: string, readonly playbackUrl: string, readonly thumbnailUrl: string | null, readonly createdAt: string, readonly owner: { readonly id: string, readonly handle: string, readonly displayName: string }, readonly metadata: { readonly id: string, readonly viewCount: number, readonly likeCount: number, readonly commentCount: number, readonly remixCount: number, readonly glitchCount: number, readonly version: number, readonly updatedAt: string } } | null> | null };

export type VideosMetadataQueryVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type VideosMetadataQuery = { readonly videosMetadata: ReadonlyArray<{ readonly id: string, readonly viewCount: number, readonly likeCount: number, readonly commentCount: number, readonly remixCount: number, readonly glitchCount: number, readonly version: number, readonly updatedAt: string } | null> | null };

export type VideosMetadataChangedSubscriptionVariables = Exact<{
  ids: ReadonlyArray<string> | string;
  minIntervalMs?: number;
}>;


export type VideosMetadataChangedSubscription = { readonly videosMetadataChanged: { readonly id: string, readonly viewCount: number, readonly likeCount: number, readonly commentCount: number, readonly remixCount: number, readonly glitchCount: number, readonly version: number, readonly updatedAt: string } };
