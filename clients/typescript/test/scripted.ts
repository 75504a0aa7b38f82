// A client that does what a test says, for tests whose subject is time or the order in which states come.
import { type Client, createClient, type Live } from "../src/client.js";

/** One subscription that was begun, as the client got it. */
export interface Begun {
  readonly live: Live<unknown, unknown>;
  readonly variables: unknown;
  stopped: boolean;
}

/** Answers a request by its operation's variables. */
type Answer = (variables: unknown) => unknown;

export class Scripted {
  readonly begun: Begun[] = [];
  readonly asked: unknown[] = [];
  readonly client: Client;

  constructor(answer: Answer = () => ({})) {
    this.client = {
      ...createClient({ url: "http://127.0.0.1/graphql" }),
      live: (live) => {
        const begun: Begun = { live: live as Live<unknown, unknown>, variables: live.variables(), stopped: false };
        this.begun.push(begun);
        return () => {
          begun.stopped = true;
        };
      },
      request: async <TData>(_: unknown, variables: unknown) => {
        this.asked.push(variables);
        return answer(variables) as TData;
      },
    };
  }

  /** What has begun and was not stopped. */
  get running(): Begun[] {
    return this.begun.filter(({ stopped }) => !stopped);
  }

  /** What each of them is for. */
  get ids(): string[][] {
    return this.running.map(({ variables }) => (variables as { ids: string[] }).ids);
  }
}
