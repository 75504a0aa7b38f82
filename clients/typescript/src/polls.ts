import { type ArgumentNode, type DocumentNode, type FieldNode, Kind, OperationTypeNode, visit } from "graphql";
import type { Client, Live } from "./client.js";
import { type Data, idOf, nameInAnswers, operationOf, property, type Variables } from "./document.js";
import {
  AIJobProgressDocument,
  AIJobsDocument,
  NotificationsDocument,
  UnreadNotificationsChangedDocument,
  VideosMetadataChangedDocument,
  VideosMetadataDocument,
} from "./generated/documents.js";
import type { ExecutionResult } from "./operation.js";

/** How the states that a subscription sends are asked for. */
interface Poll {
  everyMs: number;
  /** Our own subscription, and our query for the same, which a server with a manifest knows. */
  ours: readonly [subscription: DocumentNode, query: DocumentNode, variables?: Variables];
  /** What to ask for in place of the field that is subscribed to. */
  field(subscribed: FieldNode): FieldNode;
  states(data: Data): readonly unknown[];
  /** Whether nothing will ever come again. */
  over(states: readonly unknown[]): boolean;
}

// Notifications are a stream and no state: they wait until they can come, and none is left out then.
function find(subscription: string): Poll | undefined {
  switch (subscription) {
    case "aiJobProgress":
      return {
        everyMs: 2_000,
        ours: [AIJobProgressDocument, AIJobsDocument],
        field: (subscribed) => instead(subscribed, "aiJobs"),
        states: ({ aiJobs }) => list(aiJobs),
        over: (jobs) => jobs.every((job) => job === null || FINISHED.has(property(job, "status"))),
      };
    case "videosMetadataChanged":
      return {
        everyMs: 5_000,
        ours: [VideosMetadataChangedDocument, VideosMetadataDocument],
        field: (subscribed) => instead(subscribed, "videosMetadata"),
        states: ({ videosMetadata }) => list(videosMetadata),
        over: (videos) => videos.length === 0, // None is watched.
      };
    case "unreadNotificationsChanged":
      return {
        everyMs: 5_000,
        ours: [UnreadNotificationsChangedDocument, NotificationsDocument, { first: 1 }],
        field: (subscribed) => ({
          kind: Kind.FIELD,
          name: named("notifications"),
          arguments: [FIRST],
          selectionSet: { kind: Kind.SELECTION_SET, selections: [instead(subscribed, "unread")] },
        }),
        states: ({ notifications }) => [property(notifications, "unread")],
        over: () => false,
      };
    default:
      return undefined;
  }
}

const named = (value: string) => ({ kind: Kind.NAME, value }) as const;
const FIRST: ArgumentNode = { kind: Kind.ARGUMENT, name: named("first"), value: { kind: Kind.INT, value: "1" } };
const FINISHED = new Set<unknown>(["COMPLETED", "FAILED", "CANCELED"]);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Another field with the same selection, and the same ids if any. */
const instead = ({ arguments: all = [], selectionSet }: FieldNode, name: string): FieldNode => ({
  kind: Kind.FIELD,
  name: named(name),
  arguments: all.filter((argument) => argument.name.value === "ids"),
  ...(selectionSet && { selectionSet }),
});

/** How a subscription is polled where neither sockets nor streams work; absent where it cannot be, and has to wait. */
export function pollOf(
  client: Client,
  document: DocumentNode,
  field: FieldNode,
  variables: Variables,
  sink: { next(result: ExecutionResult<Data>): void; complete(): void },
): Live<Data, Variables>["poll"] {
  const poll = find(field.name.value);
  if (!poll) return undefined;
  const [subscription, query, more] = poll.ours;
  const ours = idOf(document) === idOf(subscription);
  if (client.persisted && !ours) return undefined; // The server knows the subscription's text, and no query made of it.
  const operation = operationOf("query", ours ? query : queryOf(document, field, poll.field(field)));
  const told: string[] = [];
  return {
    everyMs: poll.everyMs,
    async run(signal) {
      const states = poll.states(await client.request(operation, { ...variables, ...more }, { signal }));
      states.forEach((state, i) => {
        const text = JSON.stringify(state ?? null);
        if (text !== "null" && text !== told[i]) sink.next({ data: { [nameInAnswers(field)]: state } });
        told[i] = text;
      });
      if (poll.over(states)) sink.complete();
    },
  };
}

/** The document as a query, with one field in place of the other, and without the variables that only the other needs. */
function queryOf(document: DocumentNode, subscribed: FieldNode, field: FieldNode): DocumentNode {
  const replaced: DocumentNode = visit(document, { enter: (node) => (node === subscribed ? field : undefined) });
  const used = new Set<string>();
  visit(replaced, {
    enter(node) {
      if (node.kind === Kind.VARIABLE) used.add(node.name.value);
      return node.kind === Kind.VARIABLE_DEFINITION ? false : undefined;
    },
  });
  return visit(replaced, {
    enter(node) {
      if (node.kind !== Kind.OPERATION_DEFINITION) return undefined;
      const variableDefinitions = node.variableDefinitions?.filter(({ variable }) => used.has(variable.name.value));
      return { ...node, operation: OperationTypeNode.QUERY, variableDefinitions };
    },
  });
}
