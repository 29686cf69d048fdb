/**
 * Endings that transcription endpoints take, by media type. They look at the file's name and not at
 * its type (https://platform.openai.com/docs/api-reference/audio/createTranscription).
 */
const ENDINGS: Readonly<Record<string, string>> = {
  "audio/ogg": "ogg",
  "audio/opus": "ogg",
  "application/ogg": "ogg",
  "audio/webm": "webm",
  "video/webm": "webm",
  "audio/mp4": "m4a",
  "audio/m4a": "m4a",
  "audio/x-m4a": "m4a",
  "audio/aac": "m4a",
  "video/mp4": "mp4",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
  "audio/wav": "wav",
  "audio/wave": "wav",
  "audio/x-wav": "wav",
  "audio/flac": "flac",
  "audio/x-flac": "flac",
};

/** Endings in names that stand for another: Telegram's voice messages are Ogg named `.oga`. */
const RENAMED: Readonly<Record<string, string>> = { oga: "ogg", opus: "ogg" };

/**
 * The name under which a recording is handed to a transcription endpoint: `voice.` and an ending it
 * knows. A person's own name for the file goes nowhere. Undefined: neither media type nor name is
 * of audio that can be transcribed.
 */
export function audioName(mediaType: string, name?: string): string | undefined {
  const [essence = ""] = mediaType.toLowerCase().split(";");
  const written = /\.([a-z0-9]+)$/.exec(name?.toLowerCase() ?? "")?.[1];
  const byName = written === undefined ? undefined : RENAMED[written] ?? written;
  const ending = ENDINGS[essence.trim()] ??
    (byName !== undefined && Object.values(ENDINGS).includes(byName) ? byName : undefined);
  return ending === undefined ? undefined : `voice.${ending}`;
}
