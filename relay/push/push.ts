import type { Clock, Log } from "@chatcode/kit";
import type { Attention } from "../attention.ts";
import type { Auth } from "../auth/auth.ts";
import type { ConversationFeed } from "../conversation_feed.ts";
import type { Store } from "../kv/store.ts";
import type { Roster } from "../roster.ts";
import { NoteBook } from "./note_book.ts";
import { Notices } from "./notices.ts";
import { PushDevices } from "./push_devices.ts";
import { PushQueue } from "./push_queue.ts";
import { PushSender } from "./push_sender.ts";
import { PushSettingsBook } from "./push_settings.ts";
import { openVapidKeys } from "./vapid_keys.ts";

export interface PushParts {
  readonly store: Store;
  readonly auth: Auth;
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
  readonly attention: Attention;
  readonly publicUrl: URL;
  /** For tests: a push service on this machine, without TLS, may be told. */
  readonly allowLoopback: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Notifications to browsers that are subscribed. */
export interface Push extends AsyncDisposable {
  /** For a browser's `applicationServerKey`, base64url. */
  readonly publicKey: string;
  readonly devices: PushDevices;
  readonly settings: PushSettingsBook;
  /** Resolves when everything that was heard by now, and is not held, is handed on to be sent. */
  settled(): Promise<void>;
}

/** @throws {KvError} if the relay's keys can be neither read nor made */
export async function openPush(parts: PushParts): Promise<Push> {
  const { store, auth, clock, log } = parts;
  const keys = await openVapidKeys(store, clock);
  const rules = { allowLoopback: parts.allowLoopback };
  const devices = new PushDevices({ store, auth, clock, rules });
  const settings = new PushSettingsBook(store, auth.audit);
  const queue = new PushQueue({
    sender: new PushSender(keys, { publicUrl: parts.publicUrl, rules, clock, log }),
    onGone: (device) => devices.forget(device),
    clock,
    log,
  });
  const notices = new Notices({ ...parts, devices, settings, notes: new NoteBook(store), queue });
  return {
    publicKey: keys.publicKey,
    devices,
    settings,
    settled: () => notices.settled(),
    async [Symbol.asyncDispose]() {
      await notices[Symbol.asyncDispose]();
      await queue[Symbol.asyncDispose]();
    },
  };
}
