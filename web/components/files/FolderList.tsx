import type { MethodResult } from "@chatcode/protocol";
import { useNow } from "../../lib/hooks.ts";
import { ago, fileSize } from "../../lib/words.ts";
import { Icon, type IconName } from "../Icon.tsx";

type Listing = MethodResult<"files.list">;

const ICONS: Readonly<Record<Listing["entries"][number]["kind"], IconName>> = {
  file: "file",
  folder: "folder",
  link: "link",
  other: "menu",
};

/** What is in a folder; one file of it may be the one that is shown. */
export function FolderList(
  { listing, selected, showHidden, onFolder, onFile }: {
    listing: Listing;
    selected: string | undefined;
    showHidden: boolean;
    onFolder: (path: string) => void;
    onFile: (path: string) => void;
  },
) {
  const now = useNow(60_000);
  const { path, entries, truncated } = listing;
  const shown = entries.filter(({ name }) => showHidden || !name.startsWith("."));
  const hidden = entries.length - shown.length;
  return (
    <>
      {shown.length === 0 && (
        <p class="note files-empty" data-testid="files-empty">
          {hidden > 0
            ? "Only hidden files in here."
            : "Nothing in here yet. What is dropped here, or uploaded, stays on the machine."}
        </p>
      )}
      <ul class="entries" data-testid="entries">
        {shown.map(({ name, kind, size, modifiedAtMs }) => {
          const full = path === "/" ? `/${name}` : `${path}/${name}`;
          return (
            <li key={name}>
              <button
                type="button"
                class={`entry entry-${kind}`}
                aria-current={full === selected}
                disabled={kind === "other"}
                data-testid="entry"
                onClick={() => kind === "folder" ? onFolder(full) : onFile(full)}
              >
                <Icon name={ICONS[kind]} />
                <span class="entry-name">
                  {name}
                  {kind !== "file" && <span class="visually-hidden">, {kind}</span>}
                </span>
                <span class="entry-facts">
                  {kind === "file" && <span>{fileSize(size)}</span>}
                  {now > 0 && <span class="entry-time">{ago(modifiedAtMs, now)}</span>}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {truncated && <p class="note files-empty">There is more than can be shown.</p>}
    </>
  );
}
