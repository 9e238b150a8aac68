const paths = {
  compare: "M2 11.5 6 7l3 2.5L14 4M2 14l4-3 3 1.5L14 9",
  download: "M8 2v8m0 0L5 7m3 3 3-3M2.5 11v2.5h11V11",
  close: "m4 4 8 8m0-8-8 8",
  more: "M3.2 8h.1M8 8h.1M12.7 8h.1",
  pause: "M5.5 3.5v9m5-9v9",
  play: "M5 3.2v9.6L12.5 8z",
  stop: "M4 4h8v8H4z",
  chevron: "m6 4 4 4-4 4",
  zoom: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.6-1.4L14 14M5 7h4",
  help: "M6 6.2A2 2 0 1 1 8.9 8c-.6.3-.9.7-.9 1.3M8 11.8v.1",
  pen: "m3 13 .6-2.6 7.2-7.2 2 2-7.2 7.2zM9.6 4.4l2 2",
  check: "m3.5 8.5 3 3 6-7",
  cross: "m4.5 4.5 7 7m0-7-7 7",
  alert: "M8 4.2v4.6M8 11.6v.1",
  users: "M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8Zm-5 5.5c.6-2.6 2.5-3.8 5-3.8s4.4 1.2 5 3.8",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 15 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={name === "play" || name === "stop" ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.2 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}

/** Half a disc: the other theme. */
export function ThemeIcon() {
  return (
    <svg
      width="15"
      height="15"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      aria-hidden="true"
    >
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 2.5a5.5 5.5 0 0 1 0 11Z" fill="currentColor" />
    </svg>
  );
}

/** The mark: a flame over an anvil. */
export function Logo() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <path
        d="M12.2 1.8c.5 3.2-1.1 4.6-2.6 6.4C8.1 10 7 11.6 7 13.7a5.4 5.4 0 0 0 10.8.2c0-1.7-.7-3-1.6-4.3-.3 1.2-.9 1.9-1.8 2.3.4-3.6-.3-7.5-2.2-10.1Z"
        fill="url(#flame)"
      />
      <path
        d="M2.5 19.2h19v1.1c0 .5-.4.9-.9.9h-3.4l-1 1.3H7.8l-1-1.3H3.4a.9.9 0 0 1-.9-.9v-1.1Z"
        fill="currentColor"
        opacity=".85"
      />
      <defs>
        <linearGradient id="flame" x1="12" x2="12" y1="2" y2="19" gradientUnits="userSpaceOnUse">
          <stop stopColor="#ffc24b" />
          <stop offset=".55" stopColor="#ff7a3d" />
          <stop offset="1" stopColor="#e8361c" />
        </linearGradient>
      </defs>
    </svg>
  );
}
