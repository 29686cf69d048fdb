import { CopyField } from "./CopyField.tsx";
import { Dialog } from "./Dialog.tsx";
import type { HostCredentials } from "../lib/host_credentials.ts";

/** A machine's token, shown this once, and the line that puts it to use. */
export function CredentialsDialog(
  { credentials, online, onClose }: {
    credentials: HostCredentials;
    online: boolean;
    onClose: () => void;
  },
) {
  const { id, name, token, installCommand } = credentials;
  return (
    <Dialog title={`Connect ${name}`} onClose={onClose} size="wide">
      <div class="dialog-body">
        <p>Run this on the machine:</p>
        <CopyField label="Command" text={installCommand} testId="install-command" />
        <details>
          <summary>The parts, for another way of starting it</summary>
          <CopyField label="Id" text={id} testId="host-id" />
          <CopyField label="Token" text={token} testId="host-token" />
        </details>
        <p class="note">
          The token is shown only now; the relay keeps a hash of it. Lost it? Make a new one.
        </p>
        <p class={online ? "waiting done" : "waiting"} role="status" data-testid="host-arrival">
          {online ? `${name} is connected.` : `Waiting for ${name} to connect…`}
        </p>
      </div>
      <footer class="dialog-foot">
        <button type="button" class="primary" autofocus onClick={onClose}>Done</button>
      </footer>
    </Dialog>
  );
}
