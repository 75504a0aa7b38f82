export {
  type Client,
  type ClientOptions,
  type ConnectionState,
  createClient,
  type Live,
  type Transport,
} from "./client.js";
export { ReelgraphError } from "./errors.js";
export * from "./generated/texts.js";
export type {
  AIJobKind,
  AIJobStatus,
  BadgeFragment as UnreadNotifications,
  CountersFragment as VideoMetadata,
  JobFragment as AIJob,
  MessageFragment as Notification,
  ModerationActionKind,
  NotificationCategory,
  PersonFragment as Person,
  StartAIJobInput,
  VideoCardFragment as VideoCard,
} from "./generated/types.js";
export { type AIJobCallbacks, type AIJobError, AIJobMonitor, type AIJobMonitorOptions } from "./jobs.js";
export { NotificationCenter, type NotificationCenterOptions, type NotificationCenterState } from "./notifications.js";
export type { ExecutionResult, GraphQLErrorLike, Operation } from "./operation.js";
export type { Readable } from "./readable.js";
export { VideoMetadataUpdater, type VideoMetadataUpdaterOptions } from "./videos.js";
export { trackVisibleVideos, type VisibleVideos } from "./visible.js";
