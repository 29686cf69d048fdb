import { ProtocolError } from "@chatcode/protocol";
import type { State } from "./define.ts";
import type { TelegramService } from "./services.ts";

/** @throws ProtocolError UNAVAILABLE if no bot is set up */
export function telegramOf({ services: { telegram } }: State): TelegramService {
  if (telegram !== null) return telegram;
  throw new ProtocolError("UNAVAILABLE", "Cannot do that: this relay has no Telegram bot");
}
