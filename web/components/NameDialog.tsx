import { useId, useState } from "preact/hooks";
import { Dialog } from "./Dialog.tsx";
import { useSubmit } from "./use_submit.ts";

/** Asks for a name. `act` returns what went wrong, if it did. */
export function NameDialog(
  { title, label, value, action, maxLength, act, onClose }: {
    title: string;
    label: string;
    value: string;
    action: string;
    maxLength: number;
    act: (name: string) => Promise<string | undefined>;
    onClose: () => void;
  },
) {
  const [name, setName] = useState(value);
  const { busy, problem, submit } = useSubmit(() => act(name.trim()), onClose);
  const id = useId();
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <div class="dialog-body">
          <label class="field" for={id}>
            <span>{label}</span>
            <input
              id={id}
              value={name}
              maxLength={maxLength}
              required
              pattern=".*\S.*"
              autocomplete="off"
              autofocus
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
        </div>
        {problem !== undefined && <p class="problem" role="alert">{problem}</p>}
        <footer class="dialog-foot">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" disabled={busy}>{action}</button>
        </footer>
      </form>
    </Dialog>
  );
}
