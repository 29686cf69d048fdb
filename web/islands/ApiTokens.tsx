import { useState } from "preact/hooks";
import { ConfirmDialog } from "../components/ConfirmDialog.tsx";
import { CopyField } from "../components/CopyField.tsx";
import { Dialog } from "../components/Dialog.tsx";
import { Icon } from "../components/Icon.tsx";
import { TokenDialog } from "../components/TokenDialog.tsx";
import { callApi, nothing } from "../lib/api.ts";
import { date } from "../lib/words.ts";
import type { ApiTokenRecord, Role } from "../services.ts";

type Open =
  | { dialog: "create" }
  | { dialog: "created"; token: string; name: string }
  | { dialog: "revoke"; record: ApiTokenRecord };

/** The account's API tokens: made, shown once, revoked. */
export default function ApiTokens({ tokens, role }: { tokens: ApiTokenRecord[]; role: Role }) {
  const [listed, setListed] = useState(tokens);
  const [open, setOpen] = useState<Open | undefined>();
  const close = () => setOpen(undefined);

  const revoke = async (record: ApiTokenRecord) => {
    const answer = await callApi("DELETE", `/api/tokens/${record.id}`, { result: nothing });
    if (!answer.ok) return answer.message;
    setListed((listed) => listed.filter(({ id }) => id !== record.id));
  };

  return (
    <>
      {listed.length > 0 && (
        <ul class="rows" data-testid="api-tokens">
          {listed.map((record) => (
            <li class="row" key={record.id}>
              <div class="row-main">
                <strong>{record.name}</strong>
                <p class="row-facts">
                  <span>{record.role}</span>
                  <span>made {date(record.createdAtMs)}</span>
                  <span>
                    {record.expiresAtMs === null ? "no end" : `until ${date(record.expiresAtMs)}`}
                  </span>
                  <span>
                    {record.lastUsedAtMs === null
                      ? "never used"
                      : `last used ${date(record.lastUsedAtMs)}`}
                  </span>
                </p>
              </div>
              <button type="button" onClick={() => setOpen({ dialog: "revoke", record })}>
                Revoke<span class="visually-hidden">{record.name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p>
        <button
          type="button"
          data-testid="create-token"
          onClick={() => setOpen({ dialog: "create" })}
        >
          <Icon name="plus" /> New API token
        </button>
      </p>
      {open?.dialog === "create" && (
        <TokenDialog
          role={role}
          onCreated={({ record, token }) => {
            setListed((listed) => [record, ...listed]);
            setOpen({ dialog: "created", token, name: record.name });
          }}
          onClose={close}
        />
      )}
      {open?.dialog === "created" && (
        <Dialog title={`API token ${open.name}`} onClose={close} size="wide">
          <div class="dialog-body">
            <CopyField label="Token" text={open.token} testId="api-token" />
            <p class="note">It is shown only now; the relay keeps a hash of it.</p>
          </div>
          <footer class="dialog-foot">
            <button type="button" class="primary" onClick={close}>Done</button>
          </footer>
        </Dialog>
      )}
      {open?.dialog === "revoke" && (
        <ConfirmDialog
          title={`Revoke ${open.record.name}`}
          action="Revoke"
          act={() => revoke(open.record)}
          onClose={close}
        >
          <p>Whatever uses this token is cut off at once.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
