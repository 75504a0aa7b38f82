import type { Role } from "./session";

interface Claims {
  id: string;
  roles: readonly Role[];
}

/** Whose token this is and what it allows, by its own words; null where it is no such token. The server is who checks it. */
export function readClaims(token: string): Claims | null {
  const [, payload] = token.split(".");
  if (!payload) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
    const { sub, roles }: { sub?: unknown; roles?: unknown } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof sub !== "string") return null;
    return { id: sub, roles: Array.isArray(roles) ? ["USER", ...roles] : ["USER"] };
  } catch {
    return null;
  }
}
