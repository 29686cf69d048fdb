import { ProtocolError } from "@chatcode/protocol";
import { expandableQuote, join } from "../format/mod.ts";
import type { Asked } from "./asked.ts";
import { fetchFile, MAX_TELEGRAM_FILE_BYTES } from "./attachments.ts";
import type { BotParts } from "./bot_parts.ts";
import { failureInWords } from "./failure_in_words.ts";
import type { IncomingFile, IncomingMessage } from "./incoming.ts";
import { prompt } from "./prompts.ts";

/** Room in a message for what was said, in UTF-16 units. */
const MAX_ECHO = 3_500;

/** What was said is shown, and then sent. The recording is kept nowhere. */
export async function voicePrompt(
  asked: Asked,
  message: IncomingMessage,
  file: IncomingFile,
  bot: BotParts,
): Promise<void> {
  let text: string;
  try {
    await bot.replies.typing(asked.place);
    text = await heard(asked, file, bot);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return await asked.reply(failureInWords(error, "Your voice message was not understood"));
  }
  if (text === "") return await asked.reply("Nothing was heard in it, so nothing was sent.");
  const shown = text.length > MAX_ECHO ? `${text.slice(0, MAX_ECHO).toWellFormed()}…` : text;
  await asked.reply({ rich: join("🎙 Heard:\n", expandableQuote(shown)) });
  await prompt(asked, { text, message: message.message }, bot);
}

/** @throws ProtocolError */
async function heard(asked: Asked, file: IncomingFile, bot: BotParts): Promise<string> {
  const { account } = asked.principal;
  if (!bot.voice.isReady) {
    throw new ProtocolError(
      "UNAVAILABLE",
      "Cannot transcribe: no transcription endpoint is set up. " +
        "Whoever runs the relay can set CHATCODE_STT_URL",
    );
  }
  if ((file.bytes ?? 0) > MAX_TELEGRAM_FILE_BYTES) {
    throw new ProtocolError("PAYLOAD_TOO_LARGE", "Cannot transcribe: it is larger than 20 MB");
  }
  const { body } = await fetchFile(file, bot.bot, asked.signal);
  const { mediaType, name } = file;
  const recording = { mediaType, signal: asked.signal, ...name !== null && { name } };
  return (await bot.voice.transcribe(account, body, recording)).text;
}
