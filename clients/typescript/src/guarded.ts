import { reportCallbackError } from "./errors.js";

/**
 * Calls back into the application. What that throws is reported, and stops nothing here; so is the reason where it answers
 * a promise that rejects.
 */
export function guarded(call: () => unknown): void {
  try {
    Promise.resolve(call()).catch(reportCallbackError);
  } catch (error) {
    reportCallbackError(error);
  }
}
