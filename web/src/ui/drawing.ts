interface Drawing {
  sky: string;
  ground: string;
  orb: { x: number; y: number; radius: number; color: string };
  /** From the farthest to the nearest. */
  hills: readonly { path: string; color: string }[];
}

/** A landscape of 90 by 160 with a sun or a moon, as the id has it. */
export function drawPoster(id: string): Drawing {
  const random = numbersOf(id);
  const hue = random() * 360;
  const step = 25 + random() * 45;
  const color = (nth: number, lightness: number) =>
    `hsl(${Math.round(hue + nth * step) % 360} ${Math.round(55 + random() * 25)}% ${lightness}%)`;
  return {
    sky: color(0, 34),
    ground: color(1, 66),
    orb: { x: 15 + random() * 60, y: 25 + random() * 50, radius: 8 + random() * 16, color: color(2, 82) },
    hills: [52, 38, 22].map((lightness, nth) => ({
      path: hill(75 + nth * 22 + random() * 10, random),
      color: color(nth, lightness),
    })),
  };
}

/** A ridge that comes in at one side and leaves at the other, and all that lies below it. */
function hill(height: number, random: () => number): string {
  const y = () => Math.round(height + (random() - 0.5) * 34);
  return `M0 ${y()}C22 ${y()} 24 ${y()} 45 ${y()}S70 ${y()} 90 ${y()}V160H0Z`;
}

/** Numbers from 0 to 1 that follow from a text: a hash of it (FNV-1a), and the generator mulberry32 from there. */
function numbersOf(text: string): () => number {
  let state = 2166136261;
  for (const char of text) state = Math.imul(state ^ char.charCodeAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
