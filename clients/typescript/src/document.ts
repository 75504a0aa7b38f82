import { type DocumentNode, type FieldNode, Kind, print } from "graphql";
import type { Operation } from "./operation.js";

export type Data = Record<string, unknown>;
export type Variables = Record<string, unknown>;

/** The id that a manifest knows a document by, as GraphQL Code Generator leaves it there; absent on others. */
export function idOf(document: DocumentNode): string | undefined {
  const id = property(property(document, "__meta__"), "hash");
  return typeof id === "string" ? id : undefined;
}

export function operationOf(
  kind: Operation<Data, Variables>["kind"],
  document: DocumentNode,
): Operation<Data, Variables> {
  const id = idOf(document);
  return { kind, text: print(document), ...(id !== undefined && { id }) };
}

/** The field that a subscription asks for. A fragment at its root is not looked into. */
export function rootField(document: DocumentNode): FieldNode | undefined {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return operation?.selectionSet.selections.find((selection) => selection.kind === Kind.FIELD);
}

/** The name that a field has in answers. */
export const nameInAnswers = (field: FieldNode): string => (field.alias ?? field.name).value;

/** A property of whatever it is; undefined where it has none. */
export const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
