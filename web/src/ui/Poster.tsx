import { useId } from "react";
import { drawPoster } from "./drawing";

/** The picture of a video, drawn from its id: always the same one, and fetched from nowhere. */
export function Poster({ id }: { id: string }) {
  const gradient = useId();
  const { sky, ground, orb, hills } = drawPoster(id);
  return (
    <svg className="poster" viewBox="0 0 90 160" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <linearGradient id={gradient} x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stopColor={sky} />
        <stop offset="1" stopColor={ground} />
      </linearGradient>
      <rect width="90" height="160" fill={`url(#${gradient})`} />
      <circle cx={orb.x} cy={orb.y} r={orb.radius} fill={orb.color} />
      {hills.map(({ path, color }) => (
        <path key={path} d={path} fill={color} />
      ))}
    </svg>
  );
}
