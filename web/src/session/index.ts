export { onConnected } from "./live";
export { firstSession, SessionProvider, useReadable, useSession } from "./SessionProvider";
export type { Role } from "./session";
export { readSettings } from "./settings";
