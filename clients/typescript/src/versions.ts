/** An object of an answer that says which of its states it is. */
interface State {
  readonly [field: string]: unknown;
  readonly __typename: string;
  readonly id: string;
  readonly version: number;
}

/** A field as it was in the newest state that had it. */
interface Known {
  readonly version: number;
  readonly value: unknown;
}

/**
 * Remembers the newest state of each object that has a `__typename`, an `id` and a `version`, so that an answer which was on
 * its way for longer than a newer one does not bring old values back. Fields go by their names in answers: an alias should
 * stand for the same field everywhere.
 */
export class Versions {
  readonly #objects = new Map<string, Map<string, Known>>();
  readonly #most: number;

  /** @param most How many objects it remembers. Beyond, those not heard of for the longest are forgotten. */
  constructor(most = 10_000) {
    this.#most = most;
  }

  /** The same answer with the newest that is known of each object in it. What is given stays as it is. */
  newest<T>(answer: T): T {
    return this.#newest(answer) as T;
  }

  #newest(value: unknown): unknown {
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#newest(item));
      return items.some((item, i) => item !== value[i]) ? items : value;
    }
    if (!isObject(value)) return value;
    const fields = Object.entries(value).map(([name, own]) => [name, this.#newest(own)] as const);
    const changed = fields.some(([name, own]) => own !== value[name]);
    const object = changed ? Object.fromEntries(fields) : value;
    return isState(object) ? this.#settle(object) : object;
  }

  #settle(state: State): State {
    const known = this.#remembered(`${state.__typename}:${state.id}`);
    const newer: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(state)) {
      if (isObject(value)) continue; // Another object, with a version of its own if any.
      const before = known.get(name);
      if (before && before.version > state.version) newer[name] = before.value;
      else known.set(name, { version: state.version, value });
    }
    return Object.keys(newer).length > 0 ? { ...state, ...newer } : state;
  }

  #remembered(key: string): Map<string, Known> {
    const known = this.#objects.get(key) ?? new Map<string, Known>();
    this.#objects.delete(key);
    this.#objects.set(key, known);
    if (this.#objects.size > this.#most) {
      const [oldest] = this.#objects.keys();
      if (oldest !== undefined) this.#objects.delete(oldest);
    }
    return known;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isState(value: Readonly<Record<string, unknown>>): value is State {
  return typeof value.__typename === "string" && typeof value.id === "string" && typeof value.version === "number";
}
