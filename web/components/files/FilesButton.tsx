import { Icon } from "../Icon.tsx";

/** Opens the machine's files from a session. `wideOnly`: where it is narrow, something else does. */
export function FilesButton(
  { onClick, wideOnly = false }: { onClick: () => void; wideOnly?: boolean },
) {
  return (
    <button
      type="button"
      class={wideOnly ? "quiet icon-only wide-only" : "quiet icon-only"}
      aria-label="Files"
      title="Files"
      data-testid="open-files"
      onClick={onClick}
    >
      <Icon name="folder" />
    </button>
  );
}
