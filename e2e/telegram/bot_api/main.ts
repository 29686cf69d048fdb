/**
 * The stand-in as a process of its own:
 * `main.ts [--port N] [--token T] [--speed N --origin MS] [--plain]`. Its first line says where it is:
 * `{"event":"bot-api.ready","apiRoot","control"}`; what people do is posted to `control`. `--speed`
 * makes Telegram's time go faster, from `--origin` on; `--plain`: private chats have no topics.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { systemClock } from "@chatcode/kit";
import { fastClock } from "../fast_clock.ts";
import { startBotApi } from "./bot_api.ts";
import { answerControl } from "./control.ts";

const flags = parseArgs(Deno.args, {
  string: ["port", "token", "speed", "origin"],
  boolean: ["plain"],
});
const speed = Number(flags.speed ?? 1);
const clock = speed === 1 ? systemClock : fastClock(speed, Number(flags.origin ?? Date.now()));
await using bot = startBotApi({
  port: Number(flags.port ?? 0),
  ...(typeof flags.token === "string" && { token: flags.token }),
  threaded: flags.plain !== true,
  clock,
  speed,
});
const control = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  (request) => answerControl(bot, request),
);
console.log(JSON.stringify({
  event: "bot-api.ready",
  apiRoot: bot.apiRoot,
  token: bot.token,
  control: `http://127.0.0.1:${control.addr.port}/`,
}));
await new Promise<void>((resolve) => Deno.addSignalListener("SIGINT", resolve));
await control.shutdown();
