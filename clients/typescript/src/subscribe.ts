import { type DocumentNode, type FieldNode, Kind } from "graphql";
import type { Client } from "./client.js";
import { type Data, nameInAnswers, operationOf, property, rootField, type Variables } from "./document.js";
import { ReelgraphError } from "./errors.js";
import type { ExecutionResult, GraphQLErrorLike } from "./operation.js";
import { pollOf } from "./polls.js";

/** Where the results of one subscription go. */
export interface Sink {
  next(result: ExecutionResult<Data>): void;
  error(error: ReelgraphError): void;
  complete(): void;
}

/** Runs a subscription of Apollo's or urql's over the client, until it ends or the function that this returns is called. */
export function subscribe(client: Client, document: DocumentNode, variables: Variables, sink: Sink): () => void {
  const field = rootField(document);
  const resumed = field && resumption(field);
  let current = variables;
  let stop = () => {};
  const complete = () => {
    stop();
    sink.complete();
  };
  const poll = field && pollOf(client, document, field, variables, { next: sink.next, complete });
  try {
    stop = client.live<Data, Variables>({
      operation: operationOf("subscription", document),
      variables: () => current,
      next(data, result) {
        current = { ...current, ...resumed?.(data) };
        sink.next(result);
      },
      error: sink.error,
      complete: sink.complete,
      ...(poll && { poll }),
    });
  } catch (error) {
    sink.error(ReelgraphError.from(error)); // The client has been disposed of.
  }
  return stop;
}

/**
 * What a subscription to notifications changes of its variables after each that came, so that it begins behind that one when
 * it begins anew. For it the document has a variable for `after`, and selects `id`.
 */
function resumption(field: FieldNode): ((data: Data) => Variables) | undefined {
  if (field.name.value !== "notificationReceived") return undefined;
  const after = field.arguments?.find(({ name }) => name.value === "after")?.value;
  if (after?.kind !== Kind.VARIABLE) return undefined;
  return (data) => {
    const id = property(data[nameInAnswers(field)], "id");
    return typeof id === "string" ? { [after.name.value]: id } : {};
  };
}

/** A refusal as the server's answers have it; absent where it is none of the server's. */
export function refusalOf(error: ReelgraphError): GraphQLErrorLike | undefined {
  if (typeof error.extensions.code !== "string") return undefined;
  return { message: error.message, extensions: error.extensions };
}
