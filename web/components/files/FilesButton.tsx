import { Icon } from "../Icon.tsx";

/** Opens the machine's files from a session. */
export function FilesButton({ onClick }: { onClick: () => void }) {
  return (
    <button
      type="button"
      class="quiet icon-only"
      aria-label="Files"
      title="Files"
      data-testid="open-files"
      onClick={onClick}
    >
      <Icon name="folder" />
    </button>
  );
}
