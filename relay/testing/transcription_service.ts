/** What one request held, as the service saw it. */
export interface Heard {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly model: string;
  readonly language: string | null;
  readonly format: string | null;
}

/** What a file of such a name begins with, and at which byte. */
const SIGNATURES: Readonly<Record<string, [number, string]>> = {
  ogg: [0, "OggS"],
  webm: [0, "\x1a\x45\xdf\xa3"],
  m4a: [4, "ftyp"],
  mp4: [4, "ftyp"],
  wav: [0, "RIFF"],
};

/**
 * An OpenAI-compatible transcription service on this machine: it takes what the real ones take, by
 * the ending of the file's name, and refuses the rest as they do.
 */
export function openTranscriptionService(options: { key?: string; model?: string } = {}) {
  const { key = "sk-test", model = "whisper-1" } = options;
  const heard: Heard[] = [];
  /** Answers to give, first come first served; then what it heard. */
  const answers: (Response | Promise<Response>)[] = [];
  /** Why requests were refused that no test meant to be. */
  const faults: string[] = [];
  let asked = 0;
  const refuse = (status: number, message: string) => {
    faults.push(message);
    return Response.json({ error: { message, type: "invalid_request_error" } }, { status });
  };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (req) => {
      asked += 1;
      const { pathname } = new URL(req.url);
      if (req.method !== "POST" || pathname !== "/v1/audio/transcriptions") {
        return refuse(404, `no route ${req.method} ${pathname}`);
      }
      if (req.headers.get("authorization") !== `Bearer ${key}`) {
        await req.body?.cancel();
        return refuse(401, "Incorrect API key provided");
      }
      const form = await req.formData();
      const answer = answers.shift();
      if (answer !== undefined) return await answer;
      const file = form.get("file");
      if (!(file instanceof File)) return refuse(400, "file is missing");
      if (form.get("model") !== model) return refuse(404, `no model ${form.get("model")}`);
      const bytes = await file.bytes();
      const signature = SIGNATURES[file.name.split(".").at(-1) ?? ""];
      if (signature === undefined) return refuse(400, `Unrecognized file format ${file.name}`);
      const [at, magic] = signature;
      if (String.fromCharCode(...bytes.subarray(at, at + magic.length)) !== magic) {
        return refuse(400, `Audio file ${file.name} might be corrupted or unsupported`);
      }
      const text = (name: string) => form.get(name)?.toString() ?? null;
      const one = { language: text("language"), format: text("response_format") };
      heard.push({ fileName: file.name, bytes, model, ...one });
      return Response.json({ text: ` heard ${bytes.length} bytes \n` });
    },
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/v1`),
    key,
    heard,
    answers,
    faults,
    get asked() {
      return asked;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
