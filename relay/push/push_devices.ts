import type { Clock } from "@chatcode/kit";
import { ProtocolError, type PushTarget } from "@chatcode/protocol";
import type { Auth } from "../auth/auth.ts";
import type { Actor, Principal } from "../auth/principal.ts";
import { type Account, prefixes, type PushDeviceRow, rows } from "../kv/keys.ts";
import type { Commit, Store } from "../kv/store.ts";
import { checkEndpoint, type EndpointRules } from "./endpoint.ts";
import { isP256Point } from "./p256_point.ts";

/** Subscriptions of one browser session; the oldest gives way to one more. */
export const MAX_PUSH_DEVICES = 5;

/** A browser that wants notifications, and whose session is alive. */
export interface PushDevice extends PushDeviceRow {
  /** The browser session's hash. */
  readonly credential: string;
}

interface Parts {
  readonly store: Store;
  readonly auth: Auth;
  readonly clock: Clock;
  readonly rules: EndpointRules;
}

/** Who gets notifications where. A subscription lives no longer than its browser session. */
export class PushDevices {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws ProtocolError INVALID_REQUEST, UNAUTHORIZED */
  async add(principal: Principal, target: PushTarget, actor: Actor): Promise<void> {
    const { store, auth, clock, rules } = this.#parts;
    const device = { ...await parseTarget(target, rules), addedAtMs: clock.now() };
    const { account, credential } = principal;
    const [row, sessionRow] = [rows.pushDevices(credential), rows.browserSession(credential)];
    await store.update(row, async (kept, commit) => {
      // The session's end deletes the row: without this check it could come back after that.
      const session = await store.getEntry(sessionRow);
      if (session.value === null) {
        throw new ProtocolError("UNAUTHORIZED", "Cannot subscribe: not signed in by a browser");
      }
      commit.check(sessionRow, session.versionstamp);
      const others = (kept?.devices ?? []).filter(({ endpoint }) => endpoint !== device.endpoint);
      const isNew = others.length === (kept?.devices.length ?? 0);
      const devices = [...others.slice(1 - MAX_PUSH_DEVICES), device];
      commit.set(row, { account, devices });
      if (isNew) {
        auth.audit.add(commit, actor, { what: "push.subscribe", target: principal.via.id });
      }
    });
  }

  async remove(principal: Principal, endpoint: string, actor: Actor): Promise<void> {
    await this.#drop(principal.credential, endpoint, (commit) => {
      const target = principal.via.id;
      this.#parts.auth.audit.add(commit, actor, { what: "push.unsubscribe", target });
    });
  }

  /** The push service says that the subscription is no more. */
  async forget({ credential, endpoint }: PushDevice): Promise<void> {
    await this.#drop(credential, endpoint, () => {});
  }

  /** Every subscription by its account; those of sessions that have ended are deleted on the way. */
  async byAccount(): Promise<Map<Account, PushDevice[]>> {
    const { store, auth } = this.#parts;
    // A browser that signed in twice without signing out is one device: the newest row has it.
    const newest = new Map<string, { device: PushDevice; account: Account }>();
    const accounts = new Map<string, Account | null>();
    for await (const { key, value } of store.list(prefixes.pushDevices, { limit: Infinity })) {
      const credential = String(key.at(-1));
      if (await auth.browserSessions.get(credential) === null) {
        await store.delete(rows.pushDevices(credential));
        continue;
      }
      const account = accounts.get(value.account) ?? await auth.accounts.get(value.account);
      accounts.set(value.account, account);
      if (account === null) continue;
      for (const row of value.devices) {
        const other = newest.get(row.endpoint);
        if (other && other.device.addedAtMs >= row.addedAtMs) continue;
        newest.set(row.endpoint, { device: { ...row, credential }, account });
      }
    }
    const found = new Map<Account, PushDevice[]>();
    for (const { device, account } of newest.values()) {
      found.set(account, [...found.get(account) ?? [], device]);
    }
    return found;
  }

  async #drop(
    credential: string,
    endpoint: string,
    note: (commit: Commit) => void,
  ): Promise<void> {
    const row = rows.pushDevices(credential);
    await this.#parts.store.update(row, (kept, commit) => {
      const left = kept?.devices.filter((device) => device.endpoint !== endpoint) ?? [];
      if (kept === null || left.length === kept.devices.length) return;
      if (left.length === 0) commit.delete(row);
      else commit.set(row, { ...kept, devices: left });
      note(commit);
    });
  }
}

async function parseTarget(target: PushTarget, rules: EndpointRules) {
  const refusal = (why: string) => new ProtocolError("INVALID_REQUEST", `Cannot subscribe: ${why}`);
  const { endpoint, keys: { p256dh, auth } } = target;
  if (endpoint.length > 1_000 || await checkEndpoint(endpoint, rules) === "refused") {
    throw refusal("the push service's address is not one that may be asked");
  }
  const kept = { endpoint, p256dh: unpadded(p256dh), auth: unpadded(auth) };
  if (!isP256Point(kept.p256dh) || !/^[A-Za-z0-9_-]{22}$/.test(kept.auth)) {
    throw refusal("its keys are not valid");
  }
  return kept;
}

function unpadded(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
