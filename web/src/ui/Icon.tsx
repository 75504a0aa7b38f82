const PATHS = {
  bell: "M6 16v-5a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  block: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.6 5.6l12.8 12.8",
  check: "M4 12.5l5 5L20 6.5",
  close: "M6 6l12 12M18 6L6 18",
  comment: "M4 5h16v11H10l-5 4v-4H4z",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  flag: "M5 21V4h13l-3 4.5L18 13H5",
  glitch: "M4 7h9M16 7h4M8 12h12M4 12h1M4 17h5M12 17h8",
  heart: "M12 20S3.5 14.5 3.5 8.8A4.6 4.6 0 0 1 12 6.5a4.6 4.6 0 0 1 8.5 2.3C20.5 14.5 12 20 12 20z",
  more: "M5 11.1a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8zM12 11.1a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8zM19 11.1a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8z",
  refresh: "M20 12a8 8 0 1 1-2.4-5.7M20 3v4h-4",
  remix: "M4 7h4l8 10h4M4 17h4l2.5-3M13.5 10L16 7h4M17.5 4.500L20 7l-2.5 2.500M17.5 14.500L20 17l-2.5 2.5",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 3.5-6 8-6s8 2 8 6",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside a text or a label that says the same: screen readers pass it over. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
