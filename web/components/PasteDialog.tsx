import { useState } from "preact/hooks";
import { Dialog } from "./Dialog.tsx";

/** For browsers that do not let a page read the clipboard: paste here, then send it once. */
export function PasteDialog(
  { onPaste, onClose }: { onPaste: (text: string) => void; onClose: () => void },
) {
  const [text, setText] = useState("");
  return (
    <Dialog title="Paste" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          onPaste(text);
        }}
      >
        <div class="dialog-body">
          <textarea
            aria-label="Text to paste"
            rows={6}
            value={text}
            autofocus
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        <footer class="dialog-foot">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" disabled={text === ""}>Send</button>
        </footer>
      </form>
    </Dialog>
  );
}
