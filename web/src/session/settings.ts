import type { Role } from "./session";

/** Somebody whom the demo lets everybody be. */
export interface DemoUser {
  name: string;
  id: string;
  handle: string;
  token: string;
  roles: readonly Role[];
}

export interface Settings {
  /** Where GraphQL is served, relative to the page. */
  endpoint: string;
  /** Empty outside the demo: people sign in with a token then. */
  users: readonly DemoUser[];
}

/** What the server wrote into the page; what it left out has its usual value. */
export function readSettings(): Settings {
  const given: Partial<Settings> = JSON.parse(document.getElementById("settings")?.textContent ?? "{}");
  // Every token has the role USER, said or not.
  const users = (given.users ?? []).map((user) => ({ ...user, roles: ["USER", ...user.roles] as const }));
  return { endpoint: given.endpoint ?? "/graphql", users };
}
