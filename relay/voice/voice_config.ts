import { ConfigError } from "../config_error.ts";

/** An OpenAI-compatible endpoint that turns recordings into text. */
export interface VoiceConfig {
  /** `--stt-url`, `CHATCODE_STT_URL`: its base, such as `https://api.openai.com/v1`. */
  readonly url: URL;
  /**
   * What `--stt-key-file`, `CHATCODE_STT_KEY_FILE` holds, or `CHATCODE_STT_KEY` where there are no
   * files. Never a flag: others can read command lines. Default: none.
   */
  readonly key: string | null;
  /** `--stt-model`, `CHATCODE_STT_MODEL`. Default: whisper-1. */
  readonly model: string;
  /** `--stt-language`, `CHATCODE_STT_LANGUAGE`, as `en`. Default: the endpoint finds out. */
  readonly language: string | null;
}

/** @throws {ConfigError} */
export function voiceConfig(
  given: {
    url: URL;
    key: { text: string; where: string };
    model: string;
    language: string | undefined;
  },
): VoiceConfig {
  const { url, model, language = null } = given;
  const key = given.key.text.trim() || null;
  if (key !== null && !/^[\x21-\x7e]{1,4096}$/.test(key)) {
    throw new ConfigError(`${given.key.where} must hold one key and nothing else`);
  }
  const isNear = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (url.protocol === "http:" && !isNear && key !== null) {
    throw new ConfigError("CHATCODE_STT_URL must be https: its key would travel for all to read");
  }
  return Object.freeze({ url, key, model, language });
}
