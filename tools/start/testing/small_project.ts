/**
 * A project folder whose relay and gateway keep the contract of start and nothing else: they log,
 * keep a list of tokens in a file, and do as they are told by files in `dir`.
 */
export interface SmallProject extends AsyncDisposable {
  readonly root: string;
  readonly dataDir: string;
  /** What relay and gateway did, in order. */
  done(): Promise<string[]>;
}

const COMMON = `
const dir = new URL("../", import.meta.url).pathname;
const note = (line) => Deno.writeTextFileSync(dir + "done", line + "\\n", { append: true });
const say = (event, fields) => console.log(JSON.stringify({ level: "info", event, ...fields }));
const fail = (message) => console.log(JSON.stringify({ level: "error", event: "failed", message }));
const tokens = () => {
  try {
    return Deno.readTextFileSync(dir + "tokens").split("\\n");
  } catch {
    return [];
  }
};
const stayUntilStopped = (name) => {
  note(name + " started");
  Deno.addSignalListener("SIGTERM", () => {
    note(name + " stopped");
    Deno.exit(0);
  });
  setInterval(() => {}, 1000);
};
`;

const RELAY = `${COMMON}
const [first, command] = Deno.args;
if (first !== "admin") {
  stayUntilStopped("relay");
  say("relay.ready", { port: 4321 });
} else if (command === "create-gateway") {
  const token = crypto.randomUUID();
  Deno.writeTextFileSync(dir + "tokens", token + "\\n", { append: true });
  note("gateway created");
  console.log(JSON.stringify({ id: "h-1", token, name: "local" }));
} else {
  console.log(JSON.stringify({ url: "http://127.0.0.1:4321/sign-in#once", purpose: "claim" }));
}
`;

const GATEWAY = `${COMMON}
const { CHATCODE_GATEWAY_AUTH_TOKEN: token, CHATCODE_CP_URL: url } = Deno.env.toObject();
if (Deno.args.join().includes(token)) throw new Error("the token is on the command line");
if (url !== "http://127.0.0.1:4321") throw new Error(url);
if (!tokens().includes(token)) {
  fail("The relay does not take this token");
  Deno.exit(4);
}
stayUntilStopped("gateway");
say("uplink.accepted", {});
`;

export async function makeSmallProject(): Promise<SmallProject> {
  const root = await Deno.makeTempDir();
  await Deno.writeTextFile(`${root}/deno.json`, "{}");
  for (const [room, text] of [["relay", RELAY], ["gateway", GATEWAY]] as const) {
    await Deno.mkdir(`${root}/${room}`);
    await Deno.writeTextFile(`${root}/${room}/main.ts`, `// deno-lint-ignore-file\n${text}`);
  }
  return {
    root,
    dataDir: `${root}/data`,
    async done() {
      return (await Deno.readTextFile(`${root}/done`)).trim().split("\n");
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}
