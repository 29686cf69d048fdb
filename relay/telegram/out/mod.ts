/**
 * Delivery to Telegram: what machines tell, and what is posted, reaches the chats in order.
 * @module
 */
export type { Call, Signal } from "./calls.ts";
export { VERDICTS } from "./messages.ts";
export { type Outcome, outcomeOf, type RefusalCode } from "./outcome.ts";
export type { About } from "./topics.ts";
export { type Posting, TelegramOut, type TelegramOutParts } from "./telegram_out.ts";
