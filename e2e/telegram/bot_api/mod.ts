/**
 * A stand-in for Telegram's Bot API, for tests.
 * @module
 */
export { BotApi, type BotApiOptions, startBotApi } from "./bot_api.ts";
export type { Fault, FaultRates } from "./faults.ts";
export type { FileToSend, SayOptions } from "./people.ts";
export type {
  Call,
  InvalidCall,
  RateBreach,
  SeenButton,
  SeenChat,
  SeenFile,
  SeenMessage,
  SeenPress,
  SeenTopic,
} from "./seen.ts";
