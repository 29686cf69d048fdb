import { useRef } from "preact/hooks";
import { Icon } from "../Icon.tsx";
import { Menu } from "../Menu.tsx";

/** Ways to hand over a file: from this device, from its camera, from the machine. */
export function AttachMenu(
  { onFiles, onBrowse }: {
    onFiles: (files: File[]) => void;
    /** Looks for one on the machine. */
    onBrowse: () => void;
  },
) {
  const files = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    onFiles([...input.files ?? []]);
    input.value = ""; // the same one may be chosen again
  };
  return (
    <>
      <Menu label="Attach" summary={<Icon name="attach" />}>
        <button type="button" data-closes onClick={() => files.current?.click()}>
          <Icon name="upload" /> Files from this device…
        </button>
        <button
          type="button"
          class="only-touch"
          data-closes
          onClick={() => camera.current?.click()}
        >
          <Icon name="camera" /> Take a photo…
        </button>
        <button type="button" data-closes data-testid="attach-browse" onClick={onBrowse}>
          <Icon name="folder" /> Files on the machine…
        </button>
      </Menu>
      <input
        type="file"
        ref={files}
        multiple
        hidden
        data-testid="choose-files"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        type="file"
        ref={camera}
        accept="image/*"
        capture="environment"
        hidden
        data-testid="take-photo"
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  );
}
