import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { trackVisibleVideos } from "../src/visible.js";

/** The browser's observer, as a test moves elements into view and out of it. */
class Observer {
  static latest: Observer;
  readonly observed = new Set<Element>();
  readonly #tell: (entries: { target: Element; isIntersecting: boolean }[]) => void;
  readonly options: unknown;

  constructor(tell: (entries: { target: Element; isIntersecting: boolean }[]) => void, options?: unknown) {
    this.#tell = tell;
    this.options = options;
    Observer.latest = this;
  }

  observe(element: Element): void {
    this.observed.add(element);
  }

  unobserve(element: Element): void {
    this.observed.delete(element);
  }

  disconnect(): void {
    this.observed.clear();
  }

  show(...elements: Element[]): void {
    this.#tell(elements.map((target) => ({ target, isIntersecting: true })));
  }

  hide(...elements: Element[]): void {
    this.#tell(elements.map((target) => ({ target, isIntersecting: false })));
  }
}

class Tracked extends Set<string> {
  trackVideos(ids: readonly string[]): void {
    for (const id of ids) this.add(id);
  }

  untrackVideos(ids: readonly string[]): void {
    for (const id of ids) this.delete(id);
  }
}

const element = () => ({}) as Element;
const [a, b] = ["7a852569-2906-476b-a0f6-b94d2b5c733a", "ad00c593-51a9-4444-8581-dd86ca728613"];
let tracked: Tracked;

beforeEach(() => {
  vi.stubGlobal("IntersectionObserver", Observer);
  tracked = new Tracked();
});
afterEach(() => vi.unstubAllGlobals());

test("a video is tracked while its element can be seen", () => {
  const { observe } = trackVisibleVideos(tracked, { rootMargin: "200px" });
  const [first, second] = [element(), element()];
  observe(first, a);
  observe(second, b);
  expect(Observer.latest.options).toEqual({ rootMargin: "200px" });
  expect([...tracked]).toEqual([]);
  Observer.latest.show(first, second);
  expect([...tracked]).toEqual([a, b]);
  Observer.latest.hide(first);
  Observer.latest.hide(first);
  expect([...tracked]).toEqual([b]);
});

test("several elements of a video count as one", () => {
  const { observe } = trackVisibleVideos(tracked);
  const [first, second] = [element(), element()];
  observe(first, a);
  const stop = observe(second, a.toUpperCase());
  Observer.latest.show(first, second);
  Observer.latest.show(second);
  Observer.latest.hide(first);
  expect([...tracked]).toEqual([a]);
  stop();
  expect([...tracked]).toEqual([]);
});

test("what observe answers ends it, once", () => {
  const { observe } = trackVisibleVideos(tracked);
  const [first, second] = [element(), element()];
  const stop = observe(first, a);
  observe(second, a);
  Observer.latest.show(first, second);
  stop();
  stop();
  expect([...tracked]).toEqual([a]);
  expect([...Observer.latest.observed]).toEqual([second]);
  Observer.latest.hide(first);
  expect([...tracked]).toEqual([a]);
});

test("an element that shows another video is observed anew", () => {
  const { observe } = trackVisibleVideos(tracked);
  const card = element();
  const stopFirst = observe(card, a);
  Observer.latest.show(card);
  observe(card, b);
  expect([...tracked]).toEqual([]);
  stopFirst();
  expect([...Observer.latest.observed]).toEqual([card]);
  Observer.latest.show(card);
  expect([...tracked]).toEqual([b]);
});

test("disconnect ends all", () => {
  const { observe, disconnect } = trackVisibleVideos(tracked);
  const [first, second] = [element(), element()];
  observe(first, a);
  observe(second, b);
  Observer.latest.show(first);
  tracked.add("tracked by others");
  disconnect();
  expect([...tracked]).toEqual(["tracked by others"]);
  expect([...Observer.latest.observed]).toEqual([]);
});
