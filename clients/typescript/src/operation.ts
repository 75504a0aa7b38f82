/** An operation with the types of what it takes and answers, as GraphQL Code Generator writes them into `generated/texts.ts`. */
export interface Operation<TData, TVariables> {
  readonly kind: "query" | "mutation" | "subscription";
  /** The operation with the fragments that it needs. */
  readonly text: string;
  /** What a server with a manifest of known operations knows it by. */
  readonly id?: string;
  /** Never there: it ties the types to the operation. */
  readonly __types?: (variables: TVariables) => TData;
}

/** One entry of `errors`, as the GraphQL specification has it. */
export interface GraphQLErrorLike {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What the server answers, as the GraphQL specification has it. */
export interface ExecutionResult<TData> {
  readonly data?: TData | null;
  readonly errors?: readonly GraphQLErrorLike[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}
