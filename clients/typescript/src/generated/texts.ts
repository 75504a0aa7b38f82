// Written by GraphQL Code Generator from schema/ and operations/; see codegen.mjs.
import type { Operation } from "../operation.js";
import type { AIJobProgressSubscription, AIJobProgressSubscriptionVariables, AIJobsQuery, AIJobsQueryVariables, BlockUsersMutation, BlockUsersMutationVariables, BlockedUsersQuery, BlockedUsersQueryVariables, CancelAIJobsMutation, CancelAIJobsMutationVariables, DeleteVideosMutation, DeleteVideosMutationVariables, DismissReportsMutation, DismissReportsMutationVariables, FeedQuery, FeedQueryVariables, MarkAllNotificationsReadMutation, MarkAllNotificationsReadMutationVariables, MarkNotificationsReadMutation, MarkNotificationsReadMutationVariables, MeQuery, MeQueryVariables, ModerationLogQuery, ModerationLogQueryVariables, MyAIJobsQuery, MyAIJobsQueryVariables, NotificationReceivedSubscription, NotificationReceivedSubscriptionVariables, NotificationsQuery, NotificationsQueryVariables, NotificationsByIdsQuery, NotificationsByIdsQueryVariables, ReportVideosMutation, ReportVideosMutationVariables, ReportedVideosQuery, ReportedVideosQueryVariables, RestoreVideosMutation, RestoreVideosMutationVariables, StartAIJobMutation, StartAIJobMutationVariables, TrendingVideosQuery, TrendingVideosQueryVariables, UnblockUsersMutation, UnblockUsersMutationVariables, UnreadNotificationsChangedSubscription, UnreadNotificationsChangedSubscriptionVariables, VideosQuery, VideosQueryVariables, VideosMetadataQuery, VideosMetadataQueryVariables, VideosMetadataChangedSubscription, VideosMetadataChangedSubscriptionVariables } from "./types.js";
export const AIJobProgress: Operation<AIJobProgressSubscription, AIJobProgressSubscriptionVariables> = {
  kind: "subscription",
  id: "sha256:980eb05a0be7a3d2547d1856f9d844551409ad35d25a3a9e3192a3f5c98e4c03",
  text: "subscription AIJobProgress($ids: [ID!]!, $minIntervalMs: Int! = 0) { aiJobProgress(ids: $ids, minIntervalMs: $minIntervalMs) { ...Job } } fragment Job on AIJob { id kind status progress resultUrl error errorCode prompt attempts version createdAt startedAt finishedAt updatedAt }",
};

export const AIJobs: Operation<AIJobsQuery, AIJobsQueryVariables> = {
  kind: "query",
  id: "sha256:ad5fd4bc8a60d5393d03a17962a2b4e5acf3fbca82fb9ea2d5eaa1374109cc23",
  text: "query AIJobs($ids: [ID!]!) { aiJobs(ids: $ids) { ...Job } } fragment Job on AIJob { id kind status progress resultUrl error errorCode prompt attempts version createdAt startedAt finishedAt updatedAt }",
};

export const BlockUsers: Operation<BlockUsersMutation, BlockUsersMutationVariables> = {
  kind: "mutation",
  id: "sha256:4bd22bf575b532e999def353b2df2aa9b288eb572dca84c9bdfa7e8dd163fb18",
  text: "mutation BlockUsers($ids: [ID!]!) { blockUsers(ids: $ids) { blockedCount results { id status user { ...Person } } } } fragment Person on User { id handle displayName }",
};

export const BlockedUsers: Operation<BlockedUsersQuery, BlockedUsersQueryVariables> = {
  kind: "query",
  id: "sha256:b0487fa8edab79af7298052637b45501d6a23961aa373d3fd9bcc4f14dac5a70",
  text: "query BlockedUsers($first: Int! = 20, $after: String) { blockedUsers(first: $first, after: $after) { nodes { ...Person } pageInfo { hasNextPage endCursor } } } fragment Person on User { id handle displayName }",
};

export const CancelAIJobs: Operation<CancelAIJobsMutation, CancelAIJobsMutationVariables> = {
  kind: "mutation",
  id: "sha256:4ee4de870f50934f0784606409aa60873ca64280dee024bcb77df6b01c9a84b5",
  text: "mutation CancelAIJobs($ids: [ID!]!) { cancelAIJobs(ids: $ids) { canceledCount results { id status job { ...Job } } } } fragment Job on AIJob { id kind status progress resultUrl error errorCode prompt attempts version createdAt startedAt finishedAt updatedAt }",
};

export const DeleteVideos: Operation<DeleteVideosMutation, DeleteVideosMutationVariables> = {
  kind: "mutation",
  id: "sha256:95c4bce32eebcee26034b22989844d4a8425351e997b520ee6f498fd8f009a1b",
  text: "mutation DeleteVideos($ids: [ID!]!, $reason: String!, $dryRun: Boolean! = false) { deleteVideos(ids: $ids, reason: $reason, dryRun: $dryRun) { deletedCount results { id status } } }",
};

export const DismissReports: Operation<DismissReportsMutation, DismissReportsMutationVariables> = {
  kind: "mutation",
  id: "sha256:69577c4de608e3b3d5a778b2fba107fd1a5cf285dca4d9d9b2281998610b3d33",
  text: "mutation DismissReports($ids: [ID!]!, $reason: String!) { dismissReports(ids: $ids, reason: $reason) { dismissedCount } }",
};

export const Feed: Operation<FeedQuery, FeedQueryVariables> = {
  kind: "query",
  id: "sha256:95e0025bf456af574cc181351a2c4b500a421621f9023b719df360ca4820b5a6",
  text: "query Feed($first: Int! = 20, $after: String) { feed(first: $first, after: $after) { nodes { ...VideoCard } pageInfo { hasNextPage endCursor } } } fragment Counters on VideoMetadata { id viewCount likeCount commentCount remixCount glitchCount version updatedAt } fragment Person on User { id handle displayName } fragment VideoCard on Video { id title playbackUrl thumbnailUrl createdAt owner { ...Person } metadata { ...Counters } }",
};

export const MarkAllNotificationsRead: Operation<MarkAllNotificationsReadMutation, MarkAllNotificationsReadMutationVariables> = {
  kind: "mutation",
  id: "sha256:1ae11410f676c4dd17c24b1f2d618b08153b76ed74ad1bc6ce91313ff4f54a94",
  text: "mutation MarkAllNotificationsRead($category: NotificationCategory, $upTo: ID) { markAllNotificationsRead(category: $category, upTo: $upTo) { markedCount notifications { ...Message } unread { ...Badge } } } fragment Badge on UnreadNotifications { id total byCategory { category count } version } fragment Message on Notification { id category title body createdAt readAt actor { ...Person } video { id title } job { id kind status resultUrl } } fragment Person on User { id handle displayName }",
};

export const MarkNotificationsRead: Operation<MarkNotificationsReadMutation, MarkNotificationsReadMutationVariables> = {
  kind: "mutation",
  id: "sha256:4719dcbb9ecf5d57c79cd3c6d93d80b6ad77e6bc673b296974bb0149ca1ebeee",
  text: "mutation MarkNotificationsRead($ids: [ID!]!) { markNotificationsRead(ids: $ids) { markedCount notifications { ...Message } unread { ...Badge } } } fragment Badge on UnreadNotifications { id total byCategory { category count } version } fragment Message on Notification { id category title body createdAt readAt actor { ...Person } video { id title } job { id kind status resultUrl } } fragment Person on User { id handle displayName }",
};

export const Me: Operation<MeQuery, MeQueryVariables> = {
  kind: "query",
  id: "sha256:b160dfd27e039204e4005826559563ff813d8a6d94b8f22c5b94200303e1a071",
  text: "query Me { me { ...Person credits } } fragment Person on User { id handle displayName }",
};

export const ModerationLog: Operation<ModerationLogQuery, ModerationLogQueryVariables> = {
  kind: "query",
  id: "sha256:fcfec73b7ad7d4b4ad52d02628d5faefe52df4367ea097e18b92de84b449dc4d",
  text: "query ModerationLog($videoId: ID, $first: Int! = 20, $after: String) { moderationLog(videoId: $videoId, first: $first, after: $after) { nodes { id kind videoId moderatorId moderator { ...Person } reason createdAt } pageInfo { hasNextPage endCursor } } } fragment Person on User { id handle displayName }",
};

export const MyAIJobs: Operation<MyAIJobsQuery, MyAIJobsQueryVariables> = {
  kind: "query",
  id: "sha256:020eb9a5031862475b8b889691788e7df7d69c8d1de1f03acab6b9472633b204",
  text: "query MyAIJobs($status: [AIJobStatus!], $first: Int! = 20, $after: String) { myAIJobs(status: $status, first: $first, after: $after) { nodes { ...Job } pageInfo { hasNextPage endCursor } } } fragment Job on AIJob { id kind status progress resultUrl error errorCode prompt attempts version createdAt startedAt finishedAt updatedAt }",
};

export const NotificationReceived: Operation<NotificationReceivedSubscription, NotificationReceivedSubscriptionVariables> = {
  kind: "subscription",
  id: "sha256:710c31b1f7a2cd71d8d30b3bf1a7b8fcf4997728ff0779699b1cc00a62c3b4b3",
  text: "subscription NotificationReceived($after: ID) { notificationReceived(after: $after) { ...Message } } fragment Message on Notification { id category title body createdAt readAt actor { ...Person } video { id title } job { id kind status resultUrl } } fragment Person on User { id handle displayName }",
};

export const Notifications: Operation<NotificationsQuery, NotificationsQueryVariables> = {
  kind: "query",
  id: "sha256:62f0f715b9218858b73c23e48e8ca85edd7b021e7ebc12aaed37f1c6d2f687e8",
  text: "query Notifications($category: NotificationCategory, $unreadOnly: Boolean! = false, $first: Int! = 20, $after: String) { notifications( category: $category unreadOnly: $unreadOnly first: $first after: $after ) { nodes { ...Message } pageInfo { hasNextPage endCursor } unread { ...Badge } } } fragment Badge on UnreadNotifications { id total byCategory { category count } version } fragment Message on Notification { id category title body createdAt readAt actor { ...Person } video { id title } job { id kind status resultUrl } } fragment Person on User { id handle displayName }",
};

export const NotificationsByIds: Operation<NotificationsByIdsQuery, NotificationsByIdsQueryVariables> = {
  kind: "query",
  id: "sha256:30b555b3c890a36036586df3f9b9acbef43bcb8391cbb75f794da457c3141187",
  text: "query NotificationsByIds($ids: [ID!]!) { notificationsByIds(ids: $ids) { ...Message } } fragment Message on Notification { id category title body createdAt readAt actor { ...Person } video { id title } job { id kind status resultUrl } } fragment Person on User { id handle displayName }",
};

export const ReportVideos: Operation<ReportVideosMutation, ReportVideosMutationVariables> = {
  kind: "mutation",
  id: "sha256:15a7c6c96dddb40f3f83e929b0be4293c093c29966441ea997c8fd0ddce6b773",
  text: "mutation ReportVideos($ids: [ID!]!, $reason: String!) { reportVideos(ids: $ids, reason: $reason) { reportedCount } }",
};

export const ReportedVideos: Operation<ReportedVideosQuery, ReportedVideosQueryVariables> = {
  kind: "query",
  id: "sha256:9cfa3a2a3c7a484f9535e6e6cdf6347fda0c3188620348d314f46c8aa643df61",
  text: "query ReportedVideos($first: Int! = 20, $after: String) { reportedVideos(first: $first, after: $after) { nodes { reportCount reasons lastReportedAt video { ...VideoCard } } pageInfo { hasNextPage endCursor } } } fragment Counters on VideoMetadata { id viewCount likeCount commentCount remixCount glitchCount version updatedAt } fragment Person on User { id handle displayName } fragment VideoCard on Video { id title playbackUrl thumbnailUrl createdAt owner { ...Person } metadata { ...Counters } }",
};

export const RestoreVideos: Operation<RestoreVideosMutation, RestoreVideosMutationVariables> = {
  kind: "mutation",
  id: "sha256:6afce53c6e8970d841bc5741a317de96e6198c4c3f6fa4094642d29f0bda66c4",
  text: "mutation RestoreVideos($ids: [ID!]!, $reason: String!) { restoreVideos(ids: $ids, reason: $reason) { restoredCount } }",
};

export const StartAIJob: Operation<StartAIJobMutation, StartAIJobMutationVariables> = {
  kind: "mutation",
  id: "sha256:8bd151d8c6cf90602eea18543beb5579666fe53341c3b98e056e18ce01dcb83b",
  text: "mutation StartAIJob($input: StartAIJobInput!) { startAIJob(input: $input) { job { ...Job } creditsRemaining } } fragment Job on AIJob { id kind status progress resultUrl error errorCode prompt attempts version createdAt startedAt finishedAt updatedAt }",
};

export const TrendingVideos: Operation<TrendingVideosQuery, TrendingVideosQueryVariables> = {
  kind: "query",
  id: "sha256:0d6233df37b699fed3d1f9da28c2771dbd0c9e2044c427ff97adaff49589d383",
  text: "query TrendingVideos($first: Int! = 20, $after: String) { trendingVideos(first: $first, after: $after) { nodes { ...VideoCard } pageInfo { hasNextPage endCursor } } } fragment Counters on VideoMetadata { id viewCount likeCount commentCount remixCount glitchCount version updatedAt } fragment Person on User { id handle displayName } fragment VideoCard on Video { id title playbackUrl thumbnailUrl createdAt owner { ...Person } metadata { ...Counters } }",
};

export const UnblockUsers: Operation<UnblockUsersMutation, UnblockUsersMutationVariables> = {
  kind: "mutation",
  id: "sha256:bef44467688485c7487ff376374d10c4b57dc5bb22719c38343d15c5e3025899",
  text: "mutation UnblockUsers($ids: [ID!]!) { unblockUsers(ids: $ids) { unblockedCount } }",
};

export const UnreadNotificationsChanged: Operation<UnreadNotificationsChangedSubscription, UnreadNotificationsChangedSubscriptionVariables> = {
  kind: "subscription",
  id: "sha256:ff89a577880ecf2cc0f3e7cf019bec986b1dcb0f3e1db96174c78099140b27a1",
  text: "subscription UnreadNotificationsChanged { unreadNotificationsChanged { ...Badge } } fragment Badge on UnreadNotifications { id total byCategory { category count } version }",
};

export const Videos: Operation<VideosQuery, VideosQueryVariables> = {
  kind: "query",
  id: "sha256:1ceb72419db9ed3f5bcac1e8c56efdef02f7943ee2d20fb959bee5cc3c9342df",
  text: "query Videos($ids: [ID!]!) { videos(ids: $ids) { ...VideoCard } } fragment Counters on VideoMetadata { id viewCount likeCount commentCount remixCount glitchCount version updatedAt } fragment Person on User { id handle displayName } fragment VideoCard on Video { id title playbackUrl thumbnailUrl createdAt owner { ...Person } metadata { ...Counters } }",
};

export const VideosMetadata: Operation<VideosMetadataQuery, VideosMetadataQueryVariables> = {
  kind: "query",
  id: "sha256:10039b096d0e71ec430629b7e8e060bcce9473b2ba73a8c2cc0b7e72c9b72665",
  text: "query VideosMetadata($ids: [ID!]!) { videosMetadata(ids: $ids) { ...Counters } } fragment Counters on VideoMetadata { id viewCount likeCount commentCount remixCount glitchCount version updatedAt }",
};

export const VideosMetadataChanged: Operation<VideosMetadataChangedSubscription, VideosMetadataChangedSubscriptionVariables> = {
  kind: "subscription",
  id: "sha256:905622808c583d272ca8189bd0064efd248a78a036610e4af4c26b7c3b12468a",
  text: "subscription VideosMetadataChanged($ids: [ID!]!, $minIntervalMs: Int! = 0) { videosMetadataChanged(ids: $ids, minIntervalMs: $minIntervalMs) { ...Counters } } fragment Counters on VideoMetadata { id viewCount likeCount commentCount remixCount glitchCount version updatedAt }",
};