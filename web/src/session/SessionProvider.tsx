import { createClient, Me, type Readable, ReelgraphError } from "@reelgraph/client";
import { createContext, type ReactNode, useContext, useMemo, useState, useSyncExternalStore } from "react";
import { Provider } from "urql";
import { recall, remember } from "../stored";
import { openSession, type Session } from "./session";
import type { DemoUser, Settings } from "./settings";
import { readClaims } from "./token";

interface SessionActions {
  /** Whom the demo lets everybody be; empty outside it. */
  users: readonly DemoUser[];
  /** Goes on as another of the demo's users; what is not among them changes nothing. */
  switchTo(name: string): void;
  /** Goes on as the token's owner. Rejects where the server refuses it or is away, and changes nothing then. */
  signIn(token: string): Promise<void>;
  signOut(): void;
}

const SessionContext = createContext<(Session & SessionActions) | null>(null);

/** The session that the page begins with: the demo's user chosen last, else its first, else nobody. */
export function firstSession({ endpoint, users }: Settings): Session {
  const user = users.find(({ name }) => name === recall("user")) ?? users[0];
  return openSession(endpoint, user ?? null, user?.token ?? null);
}

interface SessionProviderProps {
  settings: Settings;
  /** Made outside of React, since it begins to work at once. */
  first: Session;
  children: ReactNode;
}

export function SessionProvider({ settings: { endpoint, users }, first, children }: SessionProviderProps) {
  const [session, setSession] = useState(first);
  const value = useMemo(() => {
    const change = (next: Session) => {
      session.close();
      setSession(next);
    };
    return {
      ...session,
      users,
      switchTo(name: string) {
        const user = users.find((known) => known.name === name);
        if (!user) return;
        remember("user", name);
        change(openSession(endpoint, user, user.token));
      },
      async signIn(token: string) {
        change(openSession(endpoint, await userOf(endpoint, token), token));
      },
      signOut: () => change(openSession(endpoint, null, null)),
    };
  }, [session, endpoint, users]);
  return (
    <SessionContext value={value}>
      <Provider value={session.urql}>{children}</Provider>
    </SessionContext>
  );
}

/** The person behind a token, which the server has accepted. */
async function userOf(endpoint: string, token: string) {
  const claims = readClaims(token);
  if (!claims) throw new ReelgraphError("UNAUTHENTICATED", "This is not a token.");
  const client = createClient({ url: endpoint, getToken: () => token });
  try {
    const { me } = await client.request(Me, {});
    // A person whom the server has not been told of yet has a token all the same.
    const handle = me?.handle ?? claims.id.slice(0, 8);
    return { ...claims, handle, name: me?.displayName ?? handle };
  } finally {
    client.dispose();
  }
}

export function useSession(): Session & SessionActions {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession is for what is inside of SessionProvider");
  return session;
}

/** The value of a Readable of the client package, kept current. */
export function useReadable<T>({ subscribe, getSnapshot }: Readable<T>): T {
  return useSyncExternalStore(subscribe, getSnapshot);
}
