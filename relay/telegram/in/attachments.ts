import { ProtocolError } from "@chatcode/protocol";
import { rows } from "../../kv/keys.ts";
import { code, join, type RichText } from "../format/mod.ts";
import type { About, Asked } from "./asked.ts";
import type { BotParts } from "./bot_parts.ts";
import { callbackData } from "./callback_data.ts";
import type { Presses } from "./commands/command.ts";
import { pageButton } from "./commands/session_card.ts";
import { failureInWords } from "./failure_in_words.ts";
import type { IncomingFile, IncomingMessage } from "./incoming.ts";
import { MAX_PROMPT_FILES, prompt, promptText, textOf } from "./prompts.ts";
import { aboutMeant } from "./session_meant.ts";

/** What bots can fetch, in bytes. https://core.telegram.org/bots/api#getfile */
export const MAX_TELEGRAM_FILE_BYTES = 20 * 1024 * 1024;

/** How long a file from Telegram to the machine may take, in milliseconds. */
export const ATTACHMENT_DEADLINE_MS = 300_000;

/** How long files without a word wait for the prompt they go along with, in milliseconds. */
export const ATTACHED_KEPT_MS = 3600_000;

/** Files become uploads; with a word they are a prompt at once, without one they wait for it. */
export async function attachments(
  asked: Asked,
  messages: readonly IncomingMessage[],
  bot: BotParts,
): Promise<void> {
  const about = await aboutMeant(asked, bot);
  if (about === null) {
    if (asked.inGroup) return;
    return await asked.reply(
      "For which session? Send it in a session's topic, or choose one: /sessions.",
    );
  }
  const [first] = messages;
  const paths: string[] = [];
  await bot.replies.typing(asked.place);
  for (const { file, message } of messages) {
    if (file === null) continue;
    try {
      paths.push(await upload(asked, about, { file, message }, bot));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const what = `${file.name ?? `The ${file.kind}`} was not saved`;
      const buttons = error.code === "PAYLOAD_TOO_LARGE"
        ? [pageButton(bot, "Open in the browser", `/s/${about.host}/${about.session}`)]
        : [];
      await asked.reply({
        rich: join(failureInWords(error, what)),
        buttons: buttons.filter((row) => row.length > 0),
      });
    }
  }
  if (first === undefined || paths.length === 0) return;
  const text = promptText(textOf(messages));
  if (text !== "") return await prompt(asked, { text, files: paths, message: first.message }, bot);
  await keep(asked, paths, bot);
}

/** Sends what waits with a word of ours. */
export const attachmentPresses: Presses = {
  prefix: "f",
  async press(asked, [choice], bot) {
    const { chat, thread } = asked.place;
    const row = rows.telegramAttached(chat, thread);
    const attached = await bot.store.get(row);
    if (attached === null) {
      return await asked.answer("They went along with a prompt already.", { alert: true });
    }
    if (choice === "no") {
      await bot.store.delete(row);
      await asked.show({ rich: join("They stay in the workspace:", ...listed(attached.paths)) });
      return await asked.answer();
    }
    await asked.answer();
    const message = asked.incoming.message ?? 0;
    await prompt(asked, { text: "Look at these files.", message }, bot);
    await asked.show({ rich: join("Sent along:", ...listed(attached.paths)) });
  },
};

/** @returns the path in the workspace; @throws ProtocolError */
async function upload(
  asked: Asked,
  about: About,
  { file, message }: { file: IncomingFile; message: number },
  { bot, files }: BotParts,
): Promise<string> {
  if ((file.bytes ?? 0) > MAX_TELEGRAM_FILE_BYTES) throw tooLarge();
  const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(ATTACHMENT_DEADLINE_MS)]);
  const { body, bytes } = await fetchFile(file, bot, signal);
  const size = bytes ?? file.bytes;
  if (size === null) {
    await body.cancel();
    throw new ProtocolError("UNAVAILABLE", "Cannot save: Telegram does not tell the file's size");
  }
  const wanted = { ...about, name: nameOf(file, message), size };
  const idempotencyKey = asked.idempotencyKey(`file-${message}`);
  const { path } = await files.receive(asked.principal, wanted, body, { idempotencyKey, signal });
  return path;
}

/** A file's bytes, straight from Telegram. @throws ProtocolError PAYLOAD_TOO_LARGE, UNAVAILABLE */
export async function fetchFile(file: IncomingFile, bot: BotParts["bot"], signal: AbortSignal) {
  const found = await bot.api.getFile(file.id).catch((error: unknown) => {
    if (error instanceof Error && /file is too big/i.test(error.message)) throw tooLarge();
    throw new ProtocolError("UNAVAILABLE", "Cannot fetch it: Telegram does not give the file", {
      cause: error,
    });
  });
  if ((found.file_size ?? 0) > MAX_TELEGRAM_FILE_BYTES) throw tooLarge();
  if (found.file_path === undefined) {
    throw new ProtocolError("UNAVAILABLE", "Cannot fetch it: Telegram does not give the file");
  }
  const body = await bot.download(found.file_path, signal);
  return { body, bytes: found.file_size ?? null };
}

async function keep(asked: Asked, paths: readonly string[], bot: BotParts): Promise<void> {
  const { chat, thread } = asked.place;
  const row = rows.telegramAttached(chat, thread);
  const all = await bot.store.update(row, (kept, commit) => {
    const known = kept?.paths ?? [];
    const all = [...known, ...paths.filter((path) => !known.includes(path))]
      .slice(-MAX_PROMPT_FILES);
    commit.set(row, { paths: all, atMs: bot.clock.now() }, { expireInMs: ATTACHED_KEPT_MS });
    return all;
  });
  await asked.reply({
    rich: join("Saved:", ...listed(paths), "\nIt goes along with your next message here."),
    buttons: [[
      {
        text: all.length === 1 ? "Send it now" : `Send all ${all.length} now`,
        data: callbackData("f", "yes"),
      },
      { text: "Just keep", data: callbackData("f", "no") },
    ]],
  });
}

function listed(paths: readonly string[]): (RichText | string)[] {
  return paths.flatMap((path) => ["\n", code(path)]);
}

/** As it was called, or by what it is; the machine makes it a name that is free. */
function nameOf({ name, kind, mediaType }: IncomingFile, message: number): string {
  if (name !== null) return name;
  const ending = kind === "photo"
    ? "jpg"
    : kind === "video"
    ? "mp4"
    : kind === "audio"
    ? "mp3"
    : "bin";
  const own = /^(?:image|video|audio)\/([a-z0-9]{2,4})$/.exec(mediaType)?.[1];
  return `${kind}-${message}.${own === "jpeg" || own === undefined ? ending : own}`;
}

function tooLarge(): ProtocolError {
  return new ProtocolError(
    "PAYLOAD_TOO_LARGE",
    "Cannot fetch it: bots get files up to 20 MB from Telegram. Upload it in the browser",
  );
}
