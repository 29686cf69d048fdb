import type { ComponentChildren } from "preact";
import { Dialog } from "./Dialog.tsx";
import { useSubmit } from "./use_submit.ts";

/** Asks once more before something that cannot be undone. `act` returns what went wrong, if it did. */
export function ConfirmDialog(
  { title, children, action, act, onClose }: {
    title: string;
    children: ComponentChildren;
    /** What the button says. */
    action: string;
    act: () => Promise<string | undefined>;
    onClose: () => void;
  },
) {
  const { busy, problem, submit } = useSubmit(act, onClose);
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <div class="dialog-body">{children}</div>
        {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
        <footer class="dialog-foot">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="danger" disabled={busy}>{action}</button>
        </footer>
      </form>
    </Dialog>
  );
}
