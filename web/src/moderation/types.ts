import type { DeleteVideosDocument, ModerationLogDocument, ReportedVideosDocument } from "@reelgraph/client/documents";
import type { TypedDocumentNode } from "urql";

type DataOf<T> = T extends TypedDocumentNode<infer TData, infer _> ? TData : never;

/** A video of the queue, with what people say of it. */
export type Reported = NonNullable<DataOf<typeof ReportedVideosDocument>["reportedVideos"]>["nodes"][number];

/** A line of the log. */
export type LogLine = NonNullable<DataOf<typeof ModerationLogDocument>["moderationLog"]>["nodes"][number];

/** What became, or would become, of a video to be deleted. */
export type Deletion = NonNullable<DataOf<typeof DeleteVideosDocument>["deleteVideos"]>["results"][number];
