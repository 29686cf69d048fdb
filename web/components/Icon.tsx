const PATHS = {
  back: "m15 18-6-6 6-6",
  attach:
    "m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14 7.6",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zm8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  check: "m5 13 4 4L19 7",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h10v10H9zM5 15V5h10",
  down: "M12 5v14m-6-6 6 6 6-6",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  file: "M6 3h8l4 4v14H6zm8 0v4h4",
  folder: "M3 7a2 2 0 0 1 2-2h4l2 2h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1m2 3a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
  mic: "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zm-6-3a6 6 0 0 0 12 0M12 18v3",
  menu: "M5 12h.01M12 12h.01M19 12h.01",
  outside: "M14 4h6v6m0-6-9 9M18 14v6H4V6h6",
  paste: "M9 5h6v3H9zM9 6H6v14h12V6h-3",
  picture: "M4 5h16v14H4zm0 11 5-5 4 4 3-3 4 4M9 10h.01",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5m-6 6 6-6 6 6",
  stop: "M7 7h10v10H7z",
  retry: "M20 11a8 8 0 1 0-2.3 5.7M20 5v6h-6",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zm9 2-4-4",
  upload: "M12 16V5m-5 5 5-5 5 5M5 20h14",
  up: "m6 15 6-6 6 6",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration only: whatever carries it has a name of its own. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
